package kernel

import (
	"fmt"
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
	config  Config            // nil if it is not known
	paths   map[string]string // of all modules, by name
	others  bool              // there are modules of another release
	builtin map[string]bool   // what modules.builtin says, nil if there is none
	listed  map[string]needs  // what modules.dep and modules.softdep say, by module's name
	added   map[string]bool
	files   []File // in the order of their adding
}

// needs are the names of the modules that one needs, or is better with.
type needs struct{ hard, soft []string }

// addAll takes the modules of the drivers. Of the optional ones, those that
// there are.
func (c *closure) addAll(want Drivers) error {
	for _, driver := range want.Optional {
		if !c.has(driver) {
			continue
		}
		if err := c.add(driver); err != nil {
			return err
		}
	}
	if len(want.Cards) > 0 && !slices.ContainsFunc(want.Cards, c.has) {
		return advise(c.missing(strings.Join(want.Cards, " or ")), "",
			"the profile "+want.Profile+" wants it: choose the profile of another hypervisor, or a kernel with this driver")
	}
	for _, driver := range want.Required {
		if err := c.add(driver); err != nil {
			return advise(err, driver, "is the name that of its .ko file, and is this the right kernel?")
		}
	}
	return nil
}

// builtIn tells whether a driver is part of the kernel itself.
func (c *closure) builtIn(name string) bool { return c.builtin[name] || c.config.builtIn(name) }

// has tells whether the kernel has a driver, as a module or built in.
func (c *closure) has(driver string) bool {
	name := ModuleName(driver)
	return c.builtIn(name) || c.paths[name] != ""
}

// add takes a driver's module, behind all that it depends on.
func (c *closure) add(driver string) error {
	name := ModuleName(driver)
	if c.added[name] {
		return nil
	}
	file, ok := c.paths[name]
	if !ok {
		if c.builtIn(name) {
			return nil
		}
		return c.missing(driver)
	}
	c.added[name] = true
	content, err := c.tree.read(file)
	if err != nil {
		return err
	}
	module, err := ParseModule(File{Name: file, Content: content})
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
	c.files = append(c.files, File{Name: path.Base(file), Content: content})
	return c.compare(name)
}

// missing is the error that there is no such driver.
func (c *closure) missing(driver string) error {
	if len(c.paths) == 0 && c.others {
		return errors.Errorf("the modules are for another release than the kernel, which is %s: take both from the same package", c.release)
	}
	return &missingError{c.release, driver}
}

// missingError says that a kernel lacks a driver.
type missingError struct{ release, driver string }

func (e *missingError) Error() string {
	return fmt.Sprintf("the kernel %s has no driver %s, neither as a module nor built in", e.release, e.driver)
}

// advise says what to do about a driver that is missing, which depends on who
// wants it. A module that the wanted driver needs should have come with it.
func advise(err error, wanted, advice string) error {
	var missing *missingError
	if !errors.As(err, &missing) {
		return err
	}
	if wanted != "" && missing.driver != wanted {
		advice = "is the kernel's package complete?"
	}
	return errors.Errorf("%v: %s", err, advice)
}

// compare checks what was found in a module against the lists that depmod made
// of all of them.
func (c *closure) compare(name string) error {
	listed := c.listed[name]
	for _, need := range slices.Sorted(slices.Values(listed.hard)) {
		if !c.added[need] && !c.builtIn(need) {
			return errors.Errorf("modules.dep says that %s needs %s, the module itself does not: is the package damaged?", name, need)
		}
	}
	for _, need := range slices.Sorted(slices.Values(listed.soft)) {
		if !c.added[need] && c.paths[need] != "" {
			return errors.Errorf("modules.softdep says that %s wants %s, the module itself does not: is the package damaged?", name, need)
		}
	}
	return nil
}
