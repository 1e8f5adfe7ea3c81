package postprocessor

import (
	"os"
	"strings"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"
)

const (
	// boxBuilderID is the builder id of Packer's vagrant post-processor. The
	// vagrant-registry and vagrant-cloud post-processors take a box from that
	// one only, and read the provider from the artifact's id.
	boxBuilderID = "mitchellh.post-processor.vagrant"
	// isoBuilderID marks an artifact without a box.
	isoBuilderID = "scratchmachine.post-processor.scratchmachine"

	provider = "virtualbox"

	// generatedData is the state in which the SDK keeps the build's variables.
	generatedData = "generated_data"
)

// artifact is what the post-processor hands on: the box, if there is one,
// always first, because that is where the registries look for it.
type artifact struct {
	box, iso string
	data     map[any]any
}

var _ packersdk.Artifact = (*artifact)(nil)

// newArtifact describes committed outputs, nil for one that was not asked for.
// inherited is the generated data of the input artifact, which goes on to the
// next post-processor together with ours.
func newArtifact(box, iso *output, release string, inherited any) *artifact {
	a := &artifact{data: map[any]any{"KernelRelease": release}}
	if box != nil {
		a.box = box.path
		a.data["BoxPath"], a.data["BoxSHA256"] = box.path, box.sha256()
	}
	if iso != nil {
		a.iso = iso.path
		a.data["ISOPath"], a.data["ISOSHA256"] = iso.path, iso.sha256()
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
	if a.box == "" {
		return isoBuilderID
	}
	return boxBuilderID
}

func (a *artifact) Id() string {
	if a.box == "" {
		return a.iso
	}
	return provider
}

func (a *artifact) Files() []string {
	var files []string
	for _, path := range []string{a.box, a.iso} {
		if path != "" {
			files = append(files, path)
		}
	}
	return files
}

func (a *artifact) String() string {
	return "a machine: " + strings.Join(a.Files(), ", ")
}

// State gives the generated data: BoxPath, BoxSHA256, ISOPath, ISOSHA256 and
// KernelRelease besides what the input artifact had.
func (a *artifact) State(name string) any {
	if name == generatedData {
		return a.data
	}
	return nil
}

// Destroy removes the outputs.
func (a *artifact) Destroy() error {
	var failed error
	for _, path := range a.Files() {
		if err := os.Remove(path); err != nil && failed == nil {
			failed = errors.Wrap(err, "destroying the machine")
		}
	}
	return failed
}
