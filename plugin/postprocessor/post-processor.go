// Package postprocessor is Packer's face of the bake: it takes a kernel and
// its modules from any artifact, adds a Go program, and makes a bootable ISO
// image and a Vagrant box.
package postprocessor

import (
	"context"

	"github.com/hashicorp/hcl/v2/hcldec"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
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
	generated := source.State(generatedData)
	b := bake.Bake{
		Options:   p.config.Options,
		Files:     source.Files(),
		Variables: p.config.variables(generated),
		Render:    p.config.render,
		Report:    ui,
	}
	made, err := b.Run(ctx)
	if err != nil {
		return nil, err
	}
	return newArtifact(made, generated), nil
}
