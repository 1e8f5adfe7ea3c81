package source

import (
	"bytes"

	"github.com/CalebQ42/squashfs"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// modloopModules is where the modules are in Alpine's modloop.
const modloopModules = "modules"

// openSquashfs reads a file system of modules: Alpine's modloop, which has them
// in modules/RELEASE, or one that has them in lib/modules/RELEASE.
func openSquashfs(content []byte) (t kernel.Tree, err error) {
	defer recovered(&err)
	r, err := squashfs.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	t = kernel.Tree{}
	for _, from := range []string{modloopModules, "lib/modules", "usr/lib/modules"} {
		if info, err := r.FS.Stat(from); err != nil || !info.IsDir() {
			continue
		}
		if err := addFS(t, r.FS, from, "lib/modules"); err != nil {
			return nil, err
		}
	}
	for name, read := range t {
		t[name] = func() (content []byte, err error) {
			defer recovered(&err)
			return read()
		}
	}
	return t, nil
}

// recovered turns a panic into an error: the library trusts what it reads.
func recovered(err *error) {
	if cause := recover(); cause != nil {
		*err = errors.Errorf("the squashfs is damaged: %v", cause)
	}
}
