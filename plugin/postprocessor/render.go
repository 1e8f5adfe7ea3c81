package postprocessor

import (
	"fmt"
	"strings"

	"github.com/hashicorp/packer-plugin-sdk/template/interpolate"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
)

// noValue is what text/template writes for a variable that does not exist.
const noValue = "<no value>"

// render renders an option whose variables are known only now. data are those
// that it may use besides the template's own.
func (c *Config) render(option, text string, data bake.Variables) (string, error) {
	ctx := c.ctx
	ctx.Data = map[string]any(data)
	rendered, err := interpolate.Render(text, &ctx)
	if err != nil {
		return "", errors.Wrapf(err, "%s: rendering %q", option, text)
	}
	if strings.Contains(rendered, noValue) {
		return "", errors.Errorf("%s: %q has a variable that does not exist, it renders to %q", option, text, rendered)
	}
	return rendered, nil
}

// variables are the build's own data, for the names of outputs.
func (c *Config) variables(generated any) bake.Variables {
	data := bake.Variables{}
	for key, value := range asMap(generated) {
		data[fmt.Sprint(key)] = value
	}
	data["BuildName"] = c.PackerBuildName
	data["BuilderType"] = c.PackerBuilderType
	return data
}

// renderFiles renders the paths, as of other options, and leaves the content alone: it may
// well be a template of its own.
func (c *Config) renderFiles() error {
	for i := range c.Files {
		for _, text := range []*string{&c.Files[i].Source, &c.Files[i].Destination} {
			rendered, err := c.render("file", *text, nil)
			if err != nil {
				return err
			}
			*text = rendered
		}
	}
	return nil
}

// renderCatalog renders all but the URL, which waits for its variables.
func (c *Config) renderCatalog() error {
	for name, text := range map[string]*string{
		"name": &c.Catalog.Name, "version": &c.Catalog.Version, "description": &c.Catalog.Description,
	} {
		rendered, err := c.render("the catalog's "+name, *text, nil)
		if err != nil {
			return err
		}
		*text = rendered
	}
	return nil
}
