package kernel

import (
	"fmt"
	"slices"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Loading is when a machine loads its modules.
type Loading struct {
	// Always are those that it loads whatever it has, in this order.
	Always []Module
	// Alias and Deps are the lists of the others, which it loads when it has a
	// device for them, in the formats of modules.alias(5) and modules.dep(5). The
	// modules of Deps are in load order. Both are empty if there are no others.
	Alias, Deps []byte
}

// Loading returns when to load the kernel's modules. One that is for devices waits
// for one, and one that others need for those. All else, such as a file system or a
// protocol, is loaded always: nobody would load it when it is asked for.
func (k Kernel) Loading() Loading {
	byName := map[string]Module{}
	needed := map[string]bool{}
	for _, m := range k.Modules {
		byName[m.Name] = m
		for _, need := range slices.Concat(m.Depends, m.Softdeps) {
			needed[need] = true
		}
	}
	always := map[string]bool{}
	for _, m := range k.Modules {
		if !m.forDevices() && !needed[m.Name] {
			for _, name := range append(allNeeds(m, byName), m.Name) {
				always[name] = true
			}
		}
	}
	var l Loading
	for _, m := range k.Modules {
		if always[m.Name] {
			l.Always = append(l.Always, m)
			continue
		}
		l.list(m, allNeeds(m, byName))
	}
	return l
}

// list adds a module to the lists.
func (l *Loading) list(m Module, needs []string) {
	l.Deps = fmt.Appendf(l.Deps, "%s.ko:", m.Name)
	for _, need := range slices.Backward(needs) { // the last is loaded first
		l.Deps = fmt.Appendf(l.Deps, " %s.ko", need)
	}
	l.Deps = append(l.Deps, '\n')
	for _, alias := range m.Aliases {
		if config.DeviceBus(alias) != "" {
			l.Alias = fmt.Appendf(l.Alias, "alias %s %s\n", alias, m.Name)
		}
	}
}

// forDevices tells whether a module is a driver of devices. Such a one may have
// aliases of another kind, too, as block-major-11-* of sr_mod.
func (m Module) forDevices() bool {
	return slices.ContainsFunc(m.Aliases, func(alias string) bool { return config.DeviceBus(alias) != "" })
}

// allNeeds are the names of the modules that one needs, or is better with, in load
// order. LoadOrder has made sure that there is no circle of those that it needs; one
// of the others is left out.
func allNeeds(m Module, byName map[string]Module) []string {
	var needs []string
	var visit func(m Module, chain []string)
	visit = func(m Module, chain []string) {
		for _, name := range slices.Concat(m.Depends, m.Softdeps) {
			need, ok := byName[name]
			if !ok || slices.Contains(needs, name) || slices.Contains(chain, name) {
				continue
			}
			visit(need, append(chain, name))
			needs = append(needs, name)
		}
	}
	visit(m, []string{m.Name})
	return needs
}
