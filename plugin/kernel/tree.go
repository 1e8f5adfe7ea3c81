package kernel

import (
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Tree is what a distribution's kernel package installs: contents by path, with
// slashes and without one in front, as "boot/vmlinuz-virt" and
// "lib/modules/6.18.54-0-virt/kernel/...". What is not InTree is ignored.
type Tree map[string][]byte

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
	name, err := t.one("kernel (boot/vmlinuz*)", func(name string) bool {
		return strings.HasPrefix(path.Base(name), "vmlinuz")
	})
	if err != nil {
		return Kernel{}, err
	}
	header, err := ParseBzImage(t[name])
	if err != nil {
		return Kernel{}, errors.Wrapf(err, "reading the kernel %s", name)
	}
	c, err := t.closure(header.Release)
	if err != nil {
		return Kernel{}, err
	}
	for _, driver := range want.Required {
		if err := c.add(driver); err != nil {
			return Kernel{}, err
		}
	}
	for _, driver := range want.Optional {
		if !c.has(driver) {
			continue
		}
		if err := c.add(driver); err != nil {
			return Kernel{}, err
		}
	}
	return New(File{Name: name, Content: t[name]}, c.files)
}

// Config returns the build configuration that lies beside the kernel, nil if
// there is none.
func (t Tree) Config() (Config, error) {
	name, err := t.one("configuration (boot/config-*)", func(name string) bool {
		return strings.HasPrefix(path.Base(name), "config-")
	})
	if err != nil {
		return nil, nil
	}
	c, err := ParseConfig(t[name])
	return c, errors.Wrapf(err, "reading %s", name)
}

// one returns the path of the one file in boot/ that is wanted.
func (t Tree) one(what string, wanted func(name string) bool) (string, error) {
	var found []string
	for name := range t {
		if InTree(name) && path.Base(path.Dir(name)) == "boot" && wanted(name) {
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
