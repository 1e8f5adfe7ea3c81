//go:generate go tool packer-sdc mapstructure-to-hcl2 -type Config

package postprocessor

import (
	"github.com/hashicorp/packer-plugin-sdk/common"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/hashicorp/packer-plugin-sdk/template/config"
	"github.com/hashicorp/packer-plugin-sdk/template/interpolate"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
)

// Config is the post-processor's options.
type Config struct {
	common.PackerConfig `mapstructure:",squash"`
	bake.Options        `mapstructure:",squash"`

	ctx interpolate.Context
}

// The outputs if no output option is given.
const (
	defaultISO = "packer_{{ .BuildName }}.iso"
	defaultBox = "packer_{{ .BuildName }}_{{ .Provider }}.box"
)

// decode reads the options and checks what can be checked before the build.
// Packer calls it twice, so it must not touch files.
func (c *Config) decode(raws ...any) error {
	*c = Config{}
	err := config.Decode(c, &config.DecodeOpts{
		PluginType:         "scratchmachine",
		Interpolate:        true,
		InterpolateContext: &c.ctx,
		// Rendered later, when the build's name and the kernel are known
		InterpolateFilter: &interpolate.RenderFilter{Exclude: []string{"output_iso", "output_box", "output_kernel", "output_initramfs",
			"output_catalog", "catalog", "file", "output_disk", "output_ova", "output_gce"}},
	}, raws...)
	if err != nil {
		return err
	}
	if err := c.renderCatalog(); err != nil {
		return err
	}
	if err := c.renderFiles(); err != nil {
		return err
	}
	if !c.HasOutput() {
		c.OutputISO, c.OutputBox = defaultISO, defaultBox
	}
	c.SetDefaults()
	var all *packersdk.MultiError
	for _, err := range c.Validate() {
		all = packersdk.MultiErrorAppend(all, err)
	}
	if all != nil && len(all.Errors) > 0 {
		return all
	}
	return nil
}
