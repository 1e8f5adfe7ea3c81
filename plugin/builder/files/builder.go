// Package files is the builder "scratchmachine-files": it hands files that are
// there already to the post-processors, as a source of the template.
package files

import (
	"context"

	"github.com/hashicorp/hcl/v2/hcldec"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
)

// BuilderID marks the builder's artifact.
const BuilderID = "scratchmachine.files"

// Builder is the builder "scratchmachine-files".
type Builder struct {
	config Config
}

var _ packersdk.Builder = (*Builder)(nil)

// ConfigSpec tells Packer the options' names and types.
func (b *Builder) ConfigSpec() hcldec.ObjectSpec { return b.config.FlatMapstructure().HCL2Spec() }

// Prepare reads and checks the options. It declares the variables that the
// post-processor scratchmachine gives values to: Packer lets a template use
// ${build.BoxSHA256} in a later post-processor only if the builder declared it.
func (b *Builder) Prepare(raws ...any) (generated, warnings []string, err error) {
	return []string{"BoxPath", "BoxSHA256", "ISOPath", "ISOSHA256", "KernelRelease"}, nil, b.config.decode(raws...)
}

// Run finds the files.
func (b *Builder) Run(_ context.Context, ui packersdk.Ui, _ packersdk.Hook) (packersdk.Artifact, error) {
	found, err := b.config.find()
	if err != nil {
		return nil, err
	}
	for _, path := range found {
		ui.Sayf("Using %s", path)
	}
	return artifact(found), nil
}
