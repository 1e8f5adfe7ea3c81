package machine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// readConfig reads the baked configuration, and then what this one machine was
// given by SMBIOS, key by key. Where one cannot be read, what was before holds.
func (p *pid1) readConfig() error {
	if err := p.readBaked(); err != nil {
		p.report("config", err)
	}
	layers, err := p.smbiosLayers()
	for _, layer := range layers {
		changed, err := merge(p.config, layer)
		if err != nil {
			p.report("config", errors.Wrapf(err, "the SMBIOS OEM string %q", layerPrefix+layer))
		}
		p.config = changed
	}
	return err
}

func (p *pid1) readBaked() error {
	content, err := os.ReadFile(filepath.Join(p.sys.root, config.Path))
	if err != nil {
		return errors.Wrap(err, "using the default configuration, as the baked one cannot be read")
	}
	var c config.Config
	if err := json.Unmarshal(content, &c); err != nil {
		return errors.Wrapf(err, "using the default configuration, as %s is damaged", config.Path)
	}
	p.config = c
	return nil
}

// merge returns a configuration with the keys of a layer, which is JSON, in the
// place of its own. A layer that cannot be read changes nothing. One with a key
// that does not exist is an error, but its other keys count.
func merge(c config.Config, layer string) (config.Config, error) {
	strict := json.NewDecoder(strings.NewReader(layer))
	strict.DisallowUnknownFields()
	var ignored config.Config
	unknown := strict.Decode(&ignored)

	before, err := json.Marshal(c)
	if err != nil {
		return c, err
	}
	var changed config.Config // nothing in it is shared with c
	if err := json.Unmarshal(before, &changed); err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(layer), &changed); err != nil {
		return c, err
	}
	return changed, unknown
}
