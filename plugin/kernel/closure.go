package kernel

import (
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// closure collects modules with all that they depend on. Only those wanted are
// opened: what a module depends on stands in itself.
type closure struct {
	tree    Tree
	release string
	paths   map[string]string // of all modules, by name
	builtin map[string]bool
	listed  map[string][]string // what modules.dep says, by module's name
	added   map[string]bool
	files   []File // in the order of their adding
}

// closure begins one among the modules of a release. A tree without any is that
// of a kernel that has none.
func (t Tree) closure(release string) (*closure, error) {
	c := &closure{
		tree: t, release: release, paths: map[string]string{}, builtin: map[string]bool{},
		listed: map[string][]string{}, added: map[string]bool{},
	}
	others := map[string]bool{}
	for name, content := range t {
		of, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, "usr/"), "lib/modules/"), "/")
		switch {
		case !InTree(name) || !strings.Contains(name, "lib/modules/") || !ok:
		case of != release:
			others[of] = true
		case rest == "modules.builtin":
			c.readBuiltin(content)
		case rest == "modules.dep":
			c.readDep(content)
		case IsModuleFile(name):
			module := ModuleName(name)
			if twin, twice := c.paths[module]; twice {
				return nil, errors.Errorf("the module %s is there twice: %s and %s", module, min(name, twin), max(name, twin))
			}
			c.paths[module] = name
		}
	}
	if len(c.paths) == 0 && len(others) > 0 {
		return nil, errors.Errorf("the modules are for another release than the kernel, which is %s: take both from the same package", release)
	}
	return c, nil
}

// readBuiltin reads modules.builtin: a path a line (Documentation/kbuild/kbuild.rst).
func (c *closure) readBuiltin(content []byte) {
	for line := range strings.Lines(string(content)) {
		if line = strings.TrimSpace(line); line != "" {
			c.builtin[ModuleName(line)] = true
		}
	}
}

// readDep reads modules.dep: "path: path path..." a line (modules.dep(5)).
func (c *closure) readDep(content []byte) {
	for line := range strings.Lines(string(content)) {
		module, needs, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for _, need := range strings.Fields(needs) {
			c.listed[ModuleName(module)] = append(c.listed[ModuleName(module)], ModuleName(need))
		}
	}
}

// has tells whether the kernel has a driver, as a module or built in.
func (c *closure) has(driver string) bool {
	name := ModuleName(driver)
	return c.builtin[name] || c.paths[name] != ""
}

// add takes a driver's module, behind all that it depends on.
func (c *closure) add(driver string) error {
	name := ModuleName(driver)
	if c.added[name] || c.builtin[name] {
		return nil
	}
	file, ok := c.paths[name]
	if !ok {
		return errors.Errorf("the kernel %s has no driver %s, neither as a module nor built in: "+
			"is the name that of its .ko file, and is this the right kernel?", c.release, driver)
	}
	c.added[name] = true
	module, err := ParseModule(File{Name: file, Content: c.tree[file]})
	if err != nil {
		return errors.Wrapf(err, "reading the module %s", file)
	}
	for _, need := range module.Depends {
		if err := c.add(need); err != nil {
			return errors.Wrapf(err, "the module %s needs the module %s", name, need)
		}
	}
	for _, need := range module.Softdeps {
		if !c.has(need) {
			continue // soft: it does without
		}
		if err := c.add(need); err != nil {
			return err
		}
	}
	c.files = append(c.files, File{Name: path.Base(file), Content: c.tree[file]})
	return c.compare(name)
}

// compare checks what was found in the modules against modules.dep.
func (c *closure) compare(name string) error {
	for _, need := range slices.Sorted(slices.Values(c.listed[name])) {
		if !c.added[need] && !c.builtin[need] {
			return errors.Errorf("modules.dep says that %s needs %s, the module itself does not: is the package damaged?", name, need)
		}
	}
	return nil
}
