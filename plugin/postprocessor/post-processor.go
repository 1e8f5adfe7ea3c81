// Package postprocessor is Packer's face of the bake: it takes a kernel and
// its modules from any artifact, adds a Go program, and makes a bootable ISO
// image and a Vagrant box.
package postprocessor

import (
	"context"

	"github.com/hashicorp/hcl/v2/hcldec"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// PostProcessor is the post-processor "scratchmachine".
type PostProcessor struct {
	config Config
}

var _ packersdk.PostProcessor = (*PostProcessor)(nil)

// ConfigSpec tells Packer the options' names and types.
func (p *PostProcessor) ConfigSpec() hcldec.ObjectSpec { return p.config.FlatMapstructure().HCL2Spec() }

// Configure reads and checks the options.
func (p *PostProcessor) Configure(raws ...any) error { return p.config.decode(raws...) }

// PostProcess makes the machine. The input artifact is always kept: artifice's
// files are the user's own, and Packer would delete them.
func (p *PostProcessor) PostProcess(ctx context.Context, ui packersdk.Ui, source packersdk.Artifact) (packersdk.Artifact, bool, bool, error) {
	made, err := p.make(ctx, ui, source)
	if err != nil {
		return nil, true, true, err
	}
	return made, true, true, nil
}

func (p *PostProcessor) make(ctx context.Context, ui packersdk.Ui, source packersdk.Artifact) (*artifact, error) {
	in, k, err := p.kernel(ctx, ui, source.Files())
	if err != nil {
		return nil, err
	}
	sayInputs(ui, in, k)
	if err := p.config.check(ui, in, k); err != nil {
		return nil, err
	}
	if k, err = p.config.repack(ui, k); err != nil {
		return nil, err
	}
	prog, done, err := p.program(ctx, ui, k.Arch)
	if err != nil {
		return nil, err
	}
	defer done()
	machine, err := p.machine(ctx, ui, in, k, prog)
	if err != nil {
		return nil, err
	}
	return p.write(ctx, ui, machine, source)
}

func sayInputs(ui packersdk.Ui, in inputs, k kernel.Kernel) {
	ui.Sayf("Kernel %s (%s) from %s", k.Release, k.Arch, in.kernel)
	if len(k.Modules) == 0 {
		ui.Say("No modules: the drivers are those built into the kernel")
	}
	for _, m := range k.Modules {
		ui.Sayf("Module %s", m.Name)
	}
	for _, path := range in.unused {
		ui.Sayf("Not used: %s", path)
	}
}
