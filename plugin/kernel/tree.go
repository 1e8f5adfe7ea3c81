package kernel

import (
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Tree is what a distribution's kernel package installs: files by path, with
// slashes and without one in front, as "boot/vmlinuz-virt" and
// "lib/modules/6.18.54-0-virt/kernel/...". What is not InTree is ignored.
type Tree map[string]Content

// Content reads a file. Of a kernel's many modules only those wanted are read.
type Content func() ([]byte, error)

// Bytes is the Content that is in memory already.
func Bytes(content []byte) Content { return func() ([]byte, error) { return content, nil } }

// InMemory is a Tree of files whose contents are in memory.
func InMemory(files map[string][]byte) Tree {
	t := Tree{}
	for name, content := range files {
		t[name] = Bytes(content)
	}
	return t
}

// read returns the content of a file.
func (t Tree) read(name string) ([]byte, error) {
	content, err := t[name]()
	return content, errors.Wrapf(err, "reading %s", name)
}

// InTree tells whether a Tree has a use for the file at a path: a kernel, its
// configuration, its modules and the lists of them.
func InTree(name string) bool {
	name = strings.TrimPrefix(name, "usr/") // where distributions have merged both
	base := path.Base(name)
	switch {
	case strings.HasPrefix(name, "boot/"):
		return path.Dir(name) == "boot" && (strings.HasPrefix(base, "vmlinuz") || strings.HasPrefix(base, "config-"))
	case strings.HasPrefix(name, "lib/modules/"):
		return IsModuleFile(name) || strings.HasPrefix(base, "modules.")
	}
	return false
}

// Kernel returns the tree's one kernel with the modules of the wanted drivers
// and all that those depend on, in load order. A driver that is built into the
// kernel needs no module. It fails when a required driver is neither.
func (t Tree) Kernel(want Drivers) (Kernel, error) {
	image, err := t.image()
	if err != nil {
		return Kernel{}, err
	}
	header, plain, err := ParseImage(image.Content)
	if err != nil {
		return Kernel{}, errors.Wrapf(err, "reading the kernel %s", image.Name)
	}
	image.Content = plain
	config, err := t.config(image)
	if err != nil {
		return Kernel{}, err
	}
	c, err := t.closure(header.Release, config)
	if err != nil {
		return Kernel{}, err
	}
	if err := c.addAll(want); err != nil {
		return Kernel{}, err
	}
	k, err := New(image, c.files)
	k.Config, k.Builtin = config, c.builtin
	return k, err
}

// image is the tree's one kernel.
func (t Tree) image() (File, error) {
	name, err := t.one("kernel (boot/vmlinuz*)", "vmlinuz")
	if err != nil {
		return File{}, err
	}
	content, err := t.read(name)
	return File{Name: name, Content: content}, err
}

// config is the kernel's build configuration, as it lies beside the kernel or
// in it; nil if it does neither.
func (t Tree) config(image File) (Config, error) {
	name, err := t.one("configuration (boot/config-*)", "config-")
	if err != nil { // none, or several
		c, err := EmbeddedConfig(image.Content)
		return c, errors.Wrapf(err, "reading the kernel %s", image.Name)
	}
	content, err := t.read(name)
	if err != nil {
		return nil, err
	}
	c, err := ParseConfig(content)
	return c, errors.Wrapf(err, "reading %s", name)
}

// one returns the path of the one file in boot/ whose name begins so.
func (t Tree) one(what, prefix string) (string, error) {
	var found []string
	for name := range t {
		if InTree(name) && path.Base(path.Dir(name)) == "boot" && strings.HasPrefix(path.Base(name), prefix) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	switch len(found) {
	case 0:
		return "", errors.Errorf("there is no %s", what)
	case 1:
		return found[0], nil
	}
	return "", errors.Errorf("there is more than one %s: %s", what, strings.Join(found, ", "))
}
