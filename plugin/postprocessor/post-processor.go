// Package postprocessor is Packer's face of the bake: it takes a kernel and
// its modules from any artifact, adds a Go program, and makes a bootable ISO
// image and a Vagrant box.
package postprocessor

import (
	"context"
	"path/filepath"

	"github.com/hashicorp/hcl/v2/hcldec"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
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
	machine, err := p.machine(ctx, ui, in, k)
	if err != nil {
		return nil, err
	}
	return p.write(ctx, ui, machine, source.State(generatedData))
}

// write bakes the machine into the outputs that are asked for.
func (p *PostProcessor) write(ctx context.Context, ui packersdk.Ui, machine image.Machine, generated any) (*artifact, error) {
	data := p.config.variables(generated, machine.Kernel.Arch, machine.Kernel.Release)
	var outs outputs
	defer outs.discard()
	iso, err := p.create(&outs, "output_iso", p.config.OutputISO, data)
	if err != nil {
		return nil, err
	}
	box, err := p.create(&outs, "output_box", p.config.OutputBox, data)
	if err != nil {
		return nil, err
	}
	list, err := p.create(&outs, "output_catalog", p.config.OutputCatalog, data)
	if err != nil {
		return nil, err
	}
	if err := bake(ctx, machine, iso, box); err != nil {
		return nil, err
	}
	if list != nil {
		if err := p.config.writeCatalog(list, box, machine.Kernel.Arch); err != nil {
			return nil, err
		}
	}
	if err := outs.commit(); err != nil {
		return nil, err
	}
	for _, out := range []*output{iso, box, list} {
		if out != nil {
			ui.Sayf("Wrote %s: %.1f MB, sha256 %s", out.path, float64(out.size)/1e6, out.sha256())
		}
	}
	return newArtifact(box, iso, machine.Kernel.Release, generated), nil
}

// create opens an output, or returns nil if it is not asked for.
func (p *PostProcessor) create(outs *outputs, option, text string, data map[string]any) (*output, error) {
	path, err := p.config.outputPath(option, text, data)
	if err != nil || path == "" {
		return nil, err
	}
	out, err := outs.create(filepath.Clean(path))
	return out, errors.Wrap(err, option)
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
