package source

import (
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/squashfs"
)

// modloopModules is where the modules are in Alpine's modloop.
const modloopModules = "modules/"

// openSquashfs reads a file system of modules: Alpine's modloop, which has them
// in modules/RELEASE, or one that has them in lib/modules/RELEASE.
func openSquashfs(content []byte) (kernel.Tree, error) {
	files, err := squashfs.Files(content)
	if err != nil {
		return nil, err
	}
	t := kernel.Tree{}
	for name, read := range files {
		if strings.HasPrefix(name, modloopModules) {
			name = "lib/" + name
		}
		if kernel.InTree(name) {
			t[name] = kernel.Content(read)
		}
	}
	return t, nil
}
