package source

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/deb"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
)

// openApk reads a package of Alpine's, once it is verified.
func openApk(content []byte, keys apk.Keys) (kernel.Tree, error) {
	p, err := apk.ReadPackage(content, keys)
	if err != nil {
		return nil, err
	}
	files, err := p.Extract(kernel.InTree)
	return kernel.InMemory(files), err
}

// openDeb reads a package of Debian's.
func openDeb(content []byte) (kernel.Tree, error) {
	files, err := deb.Extract(bytes.NewReader(content), kernel.InTree)
	return kernel.InMemory(files), err
}

// openGoModule reads the zip file of a Go module, all of whose files are below
// PATH@VERSION/ (https://go.dev/ref/mod#zip-files). Gokrazy's kernels have
// vmlinuz there, and lib/modules.
func openGoModule(content []byte) (kernel.Tree, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	t := kernel.Tree{}
	for _, file := range archive.File {
		_, behind, ok := strings.Cut(file.Name, "@")
		_, name, cut := strings.Cut(behind, "/")
		if !ok || !cut {
			return nil, errors.Errorf("it is not the zip file of a Go module: %s is not below PATH@VERSION/", file.Name)
		}
		if path.Dir(name) == "." {
			name = "boot/" + name
		}
		if kernel.InTree(name) && file.Mode().IsRegular() {
			t[name] = func() ([]byte, error) { return readZip(file) }
		}
	}
	return t, nil
}

func readZip(file *zip.File) ([]byte, error) {
	if file.UncompressedSize64 > maxFile {
		return nil, errors.Errorf("it has %d bytes, more than the %d MiB that are allowed", file.UncompressedSize64, maxFile>>20)
	}
	r, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
