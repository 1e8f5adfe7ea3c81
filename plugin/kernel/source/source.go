// Package source reads Linux kernels with their modules from what people have
// them in: a folder, packages, archives. Whichever it is, a kernel.Tree comes
// out, from which the modules of the wanted drivers are taken.
package source

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
)

// maxFile bounds the size of a file that is read, in bytes.
const maxFile = input.MaxKernel

// Open reads what is at the paths into one tree; where two have the same file,
// that of the first counts. Each is a folder, what Identify knows, a kernel
// image or its configuration. A package of Alpine's must be signed with one of
// the keys. The tree reads files of folders only when it is asked for them, and not
// after ctx has ended.
func Open(ctx context.Context, keys apk.Keys, paths ...string) (kernel.Tree, error) {
	all := kernel.Tree{}
	for _, path := range paths {
		t, err := open(ctx, keys, path)
		if err != nil {
			return nil, errors.Wrapf(err, "reading %s", path)
		}
		if len(t) == 0 {
			return nil, errors.Errorf("%s holds neither a kernel nor modules", path)
		}
		for name, content := range t {
			name = strings.TrimPrefix(name, "usr/") // where distributions have merged both
			if _, there := all[name]; !there {
				all[name] = content
			}
		}
	}
	return all, nil
}

func open(ctx context.Context, keys apk.Keys, path string) (kernel.Tree, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return folder(ctx, path)
	}
	content, err := input.Read(ctx, path, maxFile)
	if err != nil {
		return nil, err
	}
	switch Identify(content) {
	case Apk:
		return openApk(content, keys)
	case Deb:
		return openDeb(content)
	case GoModule:
		return openGoModule(content)
	case Squashfs:
		return openSquashfs(content)
	case Cpio:
		return openCpio(content)
	}
	if kernel.IsConfig(content) {
		return kernel.Tree{"boot/config-" + filepath.Base(path): kernel.Bytes(content)}, nil
	}
	if err := kernel.IsImage(content); err != nil {
		return nil, err
	}
	return kernel.Tree{"boot/vmlinuz": kernel.Bytes(content)}, nil
}
