//go:generate go tool packer-sdc mapstructure-to-hcl2 -type Config

package files

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/packer-plugin-sdk/common"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Config is the builder's options.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`

	// The files from which to make a machine: a kernel, its modules, its configuration.
	// A plain name must exist; a pattern, such as `kernel/*.ko*`, may match nothing.
	Files []string `mapstructure:"files" required:"true"`
}

// decode reads the options and checks what can be checked without files.
func (c *Config) decode(raws ...any) error {
	*c = Config{}
	if err := config.Decode(c, &config.DecodeOpts{PluginType: BuilderID, Interpolate: true}, raws...); err != nil {
		return err
	}
	if len(c.Files) == 0 {
		return errors.New("files is empty: list a kernel, such as vmlinuz, and its modules")
	}
	for _, pattern := range c.Files {
		if _, err := filepath.Match(pattern, ""); err != nil {
			return errors.Wrapf(err, "files: %q", pattern)
		}
	}
	return nil
}

// find returns the paths of the files without duplicates, in the given order. The files
// of a pattern are sorted by name.
func (c *Config) find() ([]string, error) {
	var found []string
	for _, pattern := range c.Files {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return nil, errors.Wrapf(err, "files: %q", pattern)
		}
		if len(paths) == 0 && !strings.ContainsAny(pattern, "*?[") {
			paths = []string{pattern} // missing or unreadable: reported later
		}
		for _, path := range paths {
			if err := input.Check(path); err != nil {
				return nil, errors.Wrap(err, "files")
			}
			if !slices.Contains(found, path) {
				found = append(found, path)
			}
		}
	}
	if len(found) == 0 {
		return nil, errors.Errorf("files: nothing matches %s", strings.Join(c.Files, ", "))
	}
	return found, nil
}
