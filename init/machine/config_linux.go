package machine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/source"
)

// readBaked reads the configuration that was baked. It names the modules, without
// which some of the other layers cannot be read.
func (p *pid1) readBaked() error {
	content, err := p.readFile(config.Path)
	if err == nil && !json.Valid(content) {
		err = errors.Errorf("%s is damaged", config.Path)
	}
	if err != nil {
		return errors.Wrap(err, "using the default configuration, as the baked one cannot be read")
	}
	p.baked = []layer.Layer{{Name: layer.Baked, Entries: []layer.Entry{{JSON: content}}}}
	p.merge()
	return nil
}

// readConfig reads what this one machine was told, by layers of which the later
// win, key by key. What cannot be used is reported, and what was before holds.
// So is who decided what, but for what was baked.
func (p *pid1) readConfig() error {
	layers := []layer.Layer{p.commandLine(), p.smbios(), p.firmware(), p.seed()}
	p.merge(layers...)
	for _, problem := range p.merged.Problems {
		p.report("config", problem)
	}
	if told := p.merged.Summary(); told != "" {
		p.console.printf("machine: config: from %s", told)
	}
	return nil
}

// merge puts the configuration together. Where none was baked, the default one
// is the lowest layer.
func (p *pid1) merge(layers ...layer.Layer) {
	var base config.Config
	if p.baked == nil {
		base = config.Default()
	}
	p.merged = layer.Merge(base, append(p.baked, layers...)...)
	p.config = p.merged.Config
}

func (p *pid1) commandLine() layer.Layer {
	line, err := p.readFile(source.CommandLineFile)
	if err != nil {
		p.report("config", errors.Wrap(err, "reading the kernel's command line"))
	}
	return source.CommandLine(string(line))
}

// smbios and firmware are layers that a machine, or its kernel, may not have.

func (p *pid1) smbios() layer.Layer {
	table, err := p.readFile(source.SMBIOSTable)
	if err != nil && !os.IsNotExist(err) {
		p.report("config", errors.Wrap(err, "reading the SMBIOS table"))
	}
	return source.SMBIOS(table)
}

func (p *pid1) firmware() layer.Layer {
	l, err := source.Firmware(os.DirFS(filepath.Join(p.sys.root, source.FirmwareDir)))
	if err != nil && !os.IsNotExist(err) {
		p.report("config", errors.Wrap(err, "reading QEMU's firmware configuration"))
	}
	return l
}

func (p *pid1) readFile(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(p.sys.root, path))
}

// duration reads a key of the configuration. For one that cannot be read it
// returns an error and what is meant if the key is empty.
func duration(key, text string, empty time.Duration) (time.Duration, error) {
	if text == "" {
		return empty, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return empty, errors.Errorf("%s is a time such as 500ms, not %q: taking %s", key, text, empty)
	}
	return d, nil
}
