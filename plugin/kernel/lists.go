package kernel

import (
	"path"
	"strings"

	"github.com/pkg/errors"
)

// closure begins one among the modules of a release. A tree without any is that
// of a kernel that has none.
func (t Tree) closure(release string, config Config) (*closure, error) {
	c := &closure{
		tree: t, release: release, config: config,
		paths: map[string]string{}, listed: map[string]needs{}, added: map[string]bool{},
	}
	for name := range t {
		of, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, "usr/"), "lib/modules/"), "/")
		if !InTree(name) || !strings.Contains(name, "lib/modules/") || !ok {
			continue
		}
		if of != release {
			c.others = true
			continue
		}
		if err := c.take(name, rest); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// take notes a module, or reads a list of modules. rest is its path below the
// release's folder.
func (c *closure) take(name, rest string) error {
	read := map[string]func([]byte){
		"modules.builtin": c.readBuiltin, "modules.dep": c.readDep, "modules.softdep": c.readSoftdep,
	}[rest]
	switch {
	case read != nil:
		content, err := c.tree.read(name)
		if err != nil {
			return err
		}
		read(content)
	case IsModuleFile(name):
		module := ModuleName(name)
		if twin, twice := c.paths[module]; twice {
			return errors.Errorf("the module %s is there twice: %s and %s", module, min(name, twin), max(name, twin))
		}
		c.paths[module] = name
	}
	return nil
}

// readBuiltin reads modules.builtin.
func (c *closure) readBuiltin(content []byte) { c.builtin = ParseBuiltin(content) }

// ParseBuiltin returns the names of the drivers that a modules.builtin lists: a
// path a line (kernel: Documentation/kbuild/kbuild.rst).
func ParseBuiltin(content []byte) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" {
			names[ModuleName(path.Base(line))] = true
		}
	}
	return names
}

// readDep reads modules.dep: "path: path path..." a line (modules.dep(5)).
func (c *closure) readDep(content []byte) {
	for line := range strings.Lines(string(content)) {
		file, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name := ModuleName(file)
		listed := c.listed[name]
		for _, need := range strings.Fields(rest) {
			listed.hard = append(listed.hard, ModuleName(need))
		}
		c.listed[name] = listed
	}
}

// readSoftdep reads modules.softdep, which has the syntax of modprobe.d(5):
// "softdep NAME pre: NAME... post: NAME..." a line.
func (c *closure) readSoftdep(content []byte) {
	for line := range strings.Lines(string(content)) {
		rest, ok := strings.CutPrefix(line, "softdep ")
		file, value, cut := strings.Cut(strings.TrimSpace(rest), " ")
		if !ok || !cut {
			continue
		}
		name := ModuleName(file)
		listed := c.listed[name]
		listed.soft = append(listed.soft, softdeps(value)...)
		c.listed[name] = listed
	}
}
