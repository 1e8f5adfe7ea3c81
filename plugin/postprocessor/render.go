package postprocessor

import (
	"fmt"
	"strings"

	"github.com/hashicorp/packer-plugin-sdk/template/interpolate"
	"github.com/pkg/errors"
)

// noValue is what text/template writes for a variable that does not exist.
const noValue = "<no value>"

// outputPath renders the name of an output. data are the variables that it may
// use besides the template's own.
func (c *Config) outputPath(option, text string, data map[string]any) (string, error) {
	if text == "" {
		return "", nil
	}
	ctx := c.ctx
	ctx.Data = data
	path, err := interpolate.Render(text, &ctx)
	if err != nil {
		return "", errors.Wrapf(err, "%s: rendering %q", option, text)
	}
	if strings.Contains(path, noValue) {
		return "", errors.Errorf("%s: %q has a variable that does not exist, it renders to %q", option, text, path)
	}
	return path, nil
}

// variables are what output names can use: the build's own data and ours.
func (c *Config) variables(generated any, arch, release string) map[string]any {
	data := map[string]any{}
	for key, value := range asMap(generated) {
		data[fmt.Sprint(key)] = value
	}
	data["BuildName"] = c.PackerBuildName
	data["BuilderType"] = c.PackerBuilderType
	data["Provider"] = provider
	data["ArtifactId"] = provider
	data["Architecture"] = arch
	data["KernelRelease"] = release
	return data
}
