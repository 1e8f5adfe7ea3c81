package main

import (
	"context"
	"os"
	"runtime"
	"strings"
	"text/template"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/gokrazy"
)

// options are those of a bake, and the architecture.
type options struct {
	bake.Options
	arch string
}

// setKernel names gokrazy's kernel if none is named.
func (o *options) setKernel(ctx context.Context) error {
	if o.arch == "" {
		o.arch = runtime.GOARCH
	}
	if o.Kernel != "" {
		return nil
	}
	var err error
	o.Kernel, o.KernelChecksum, err = gokrazy.Kernel(ctx, o.arch)
	return err
}

// setProgram takes a package or a program, whichever it is.
func (o *options) setProgram(name string) error {
	if name == "" {
		return nil
	}
	if o.Program != "" || o.Package != "" {
		return errors.Errorf("%s, and --program or --package: name one", name)
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && !strings.HasSuffix(name, ".go") {
		o.Program = name
	} else {
		o.Package = name
	}
	return nil
}

// bake completes and checks the options, and bakes.
func (o *options) bake(ctx context.Context, r bake.Reporter) (bake.Result, error) {
	o.SetDefaults()
	for _, err := range o.Validate() {
		return bake.Result{}, err
	}
	return (&bake.Bake{Options: o.Options, Render: render, Report: r}).Run(ctx)
}

// render completes the name of an output, as in {{ .Provider }}.box.
func render(option, text string, data bake.Variables) (string, error) {
	parsed, err := template.New(option).Option("missingkey=error").Parse(text)
	if err != nil {
		return "", errors.Wrap(err, "--"+strings.ReplaceAll(option, "_", "-"))
	}
	var out strings.Builder
	if err := parsed.Execute(&out, map[string]any(data)); err != nil {
		return "", errors.Errorf("--%s: %q has a variable that does not exist: there are {{ .Provider }}, {{ .Format }}, "+
			"{{ .Hypervisor }}, {{ .Architecture }} and {{ .KernelRelease }}", strings.ReplaceAll(option, "_", "-"), text)
	}
	return out.String(), nil
}
