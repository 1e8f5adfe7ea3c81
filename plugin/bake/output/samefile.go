package output

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// sameTarget tells whether two paths, whose folders are there, are one file. Names
// that differ in case only count as one: on many hosts they are.
func sameTarget(a, b string) bool {
	if !strings.EqualFold(filepath.Base(a), filepath.Base(b)) {
		return false
	}
	return sameFile(filepath.Dir(a), filepath.Dir(b))
}

// sameFile tells whether both paths lead to one file or folder that is there.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// inputFile is a file or folder that an option names.
type inputFile struct{ option, path string }

// Inputs are the files and folders that a bake reads.
type Inputs []inputFile

// Add adds the paths that an option names.
func (in *Inputs) Add(option string, paths ...string) {
	for _, path := range paths {
		if path != "" {
			*in = append(*in, inputFile{option, path})
		}
	}
}

// find returns the option by which the file at path is read, empty if it is no
// input. Of a folder with a kernel those files are that a bake reads.
func (in Inputs) find(path string) string {
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	for _, i := range in {
		if sameFile(i.path, path) || isInTree(i.path, path) {
			return i.option
		}
	}
	return ""
}

// isInTree tells whether a file belongs to the kernel in a folder.
func isInTree(dir, path string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	if path, err = filepath.Abs(path); err != nil {
		return false
	}
	name, err := filepath.Rel(dir, path)
	return err == nil && kernel.InTree(filepath.ToSlash(name))
}
