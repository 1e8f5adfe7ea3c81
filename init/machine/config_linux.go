package machine

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// readConfig reads the baked configuration. Where it cannot be read, the
// default one holds.
func (p *pid1) readConfig() error {
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
