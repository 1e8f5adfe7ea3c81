package postprocessor

import (
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/packer-plugin-sdk/template/interpolate"
	"github.com/pkg/errors"
)

// noValue is what text/template writes for a variable that does not exist.
const noValue = "<no value>"

// render renders an option whose variables are known only now. data are those
// that it may use besides the template's own.
func (c *Config) render(option, text string, data variables) (string, error) {
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

// variables are what the names of outputs and the catalog's URL can use.
type variables map[string]any

// variables are the build's own data and ours.
func (c *Config) variables(generated any, arch, release string) variables {
	data := variables{}
	for key, value := range asMap(generated) {
		data[fmt.Sprint(key)] = value
	}
	data["BuildName"] = c.PackerBuildName
	data["BuilderType"] = c.PackerBuilderType
	data["Architecture"] = arch
	data["KernelRelease"] = release
	return data.with(c.Providers[0])
}

// with returns the variables for the box of one provider.
func (v variables) with(provider string) variables {
	v = maps.Clone(v)
	v["Provider"], v["ArtifactId"] = provider, provider
	return v
}

// and returns the variables with one more.
func (v variables) and(name, value string) variables {
	v = maps.Clone(v)
	v[name] = value
	return v
}

func (v variables) arch() string { return v["Architecture"].(string) }
