// Package kernel reads Linux kernels and their modules and makes sure that
// they belong together: one image, one release, modules of that release, in an
// order in which they load.
package kernel

import (
	"fmt"

	"github.com/pkg/errors"
)

// File is a file by name and content. The name is used in errors and to tell
// a module's name; it is never opened.
type File struct {
	Name    string
	Content []byte
}

// Kernel is an image with the modules that can be loaded into it.
type Kernel struct {
	// Release is what uname -r says, such as "6.1.0-56-amd64".
	Release string
	// Arch is the architecture in Go's terms: "amd64" or "arm64".
	Arch string
	// Image is the bzImage or arm64 Image, as New has it byte for byte as it came,
	// but for what was around it.
	Image []byte
	// Modules are decompressed, in load order.
	Modules []Module
	// Config is the build configuration, nil if it is not known.
	Config Config
	// Builtin are the names of the drivers in the image itself, nil if they are
	// not known.
	Builtin map[string]bool
}

// New makes a Kernel of an image and the modules to load into it. The modules
// are ordered by their dependencies and otherwise kept in the order given.
// It fails when the image is not one, or a module is not a module, is for
// another release or architecture, or depends on one that is not there.
func New(image File, modules []File) (Kernel, error) {
	header, plain, err := ParseImage(image.Content)
	if err != nil {
		return Kernel{}, errors.Wrapf(err, "reading the kernel %s", image.Name)
	}
	k := Kernel{Release: header.Release, Arch: header.Arch, Image: plain}
	var parsed []Module
	for _, f := range modules {
		m, err := ParseModule(f)
		if err != nil {
			return Kernel{}, errors.Wrapf(err, "reading the module %s", f.Name)
		}
		if err := k.accepts(m); err != nil {
			return Kernel{}, errors.Wrapf(err, "the module %s does not fit the kernel %s", f.Name, image.Name)
		}
		parsed = append(parsed, m)
	}
	k.Modules, err = LoadOrder(parsed)
	return k, err
}

// accepts tells whether the module m can be loaded into k.
func (k Kernel) accepts(m Module) error {
	if m.Arch != k.Arch {
		return errors.Errorf("the module is for %s, the kernel for %s", m.Arch, k.Arch)
	}
	if m.Release() != k.Release {
		return &ReleaseError{Module: m.Release(), Kernel: k.Release}
	}
	return nil
}

// ReleaseError says that a module was built for another kernel release. The
// kernel would refuse it with ENOEXEC ("version magic").
type ReleaseError struct {
	Module, Kernel string
}

func (e *ReleaseError) Error() string {
	return fmt.Sprintf("the module is for release %s, the kernel is %s: take both from the same package",
		e.Module, e.Kernel)
}
