package postprocessor

import (
	"os"
	"strings"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
)

const (
	// boxBuilderID is the builder id of Packer's vagrant post-processor. The
	// vagrant-registry and vagrant-cloud post-processors take a box from that
	// one only, and read the provider from the artifact's id.
	boxBuilderID = "mitchellh.post-processor.vagrant"
	// boxlessBuilderID marks an artifact without a box.
	boxlessBuilderID = "scratchmachine.post-processor.scratchmachine"

	// generatedData is the state in which the SDK keeps the build's variables.
	generatedData = "generated_data"
)

// artifact is what the post-processor hands on. A registry takes one box from an
// artifact, the first file, and the provider from its id.
type artifact struct {
	id    string
	files []string
	boxes bool
	data  map[any]any
}

var _ packersdk.Artifact = (*artifact)(nil)

// newArtifact describes what a bake made. The generated data of the input artifact,
// inherited, go on to the next post-processor together with the outputs' names and
// checksums.
func newArtifact(made bake.Result, inherited any) *artifact {
	a := &artifact{data: map[any]any{"KernelRelease": made.KernelRelease, "CommandLine": made.CommandLine}}
	if made.ContainerImage != "" {
		a.data["ContainerImage"], a.data["ContainerImageDigest"] = made.ContainerImage, made.ContainerImageDigest
	}
	for _, out := range made.Outputs {
		if _, another := a.data[out.Kind+"Path"]; !another {
			a.data[out.Kind+"Path"], a.data[out.Kind+"SHA256"] = out.Path, out.SHA256
		}
		if out.Kind == bake.KindBox && !a.boxes {
			a.id, a.boxes = out.Provider, true
		}
		a.files = append(a.files, out.Path)
	}
	if a.id == "" {
		a.id = a.files[0]
	}
	for key, value := range asMap(inherited) {
		if _, ours := a.data[key]; !ours {
			a.data[key] = value
		}
	}
	return a
}

// asMap takes generated data as it comes from this process (string keys) or
// over Packer's RPC (keys of any type).
func asMap(data any) map[any]any {
	switch data := data.(type) {
	case map[any]any:
		return data
	case map[string]any:
		all := map[any]any{}
		for key, value := range data {
			all[key] = value
		}
		return all
	}
	return nil
}

func (a *artifact) BuilderId() string {
	if a.boxes {
		return boxBuilderID
	}
	return boxlessBuilderID
}

func (a *artifact) Id() string { return a.id }

func (a *artifact) Files() []string { return a.files }

func (a *artifact) String() string {
	return "a machine: " + strings.Join(a.Files(), ", ")
}

// State gives the generated data: KernelRelease, CommandLine, ContainerImage and
// ContainerImageDigest if there is one, and for those of the
// outputs that there are BoxPath, BoxSHA256 (of the first box), ISOPath,
// ISOSHA256, KernelPath, KernelSHA256, InitramfsPath, InitramfsSHA256, and the same
// of the first Disk, OVA and GCE, besides what the input artifact had.
func (a *artifact) State(name string) any {
	if name == generatedData {
		return a.data
	}
	return nil
}

// Destroy removes the outputs, and not the links that lead to them.
func (a *artifact) Destroy() error {
	var failed error
	for _, path := range a.Files() {
		target, err := atomicfile.Resolve(path)
		if err == nil {
			err = os.Remove(target)
		}
		if err != nil && failed == nil {
			failed = errors.Wrap(err, "destroying the machine")
		}
	}
	return failed
}
