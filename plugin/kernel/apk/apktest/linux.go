package apktest

import (
	"maps"
	"slices"
)

// Kernel is what goes into a package linux-FLAVOR.
type Kernel struct {
	Flavor  string // "virt", "lts"
	Version string // of the package, such as "6.18.54-r0"
	Arch    string // in Alpine's terms
	Release string // as uname -r says; Alpine's is 6.18.54-0-virt for the version above
	Image   []byte // vmlinuz
	Config  []byte
	// Modules are the modules by path below lib/modules/RELEASE, such as
	// "kernel/drivers/net/ethernet/intel/e1000/e1000.ko". They are put in with
	// gzip and the ending .gz.
	Modules map[string][]byte
	// Lists are modules.dep, modules.builtin and so on, by that name.
	Lists map[string][]byte
}

// Package lays the kernel out as Alpine's packages since Linux 6.18 do.
func (k Kernel) Package() Package {
	modules := "lib/modules/" + k.Release + "/"
	p := Package{
		Name: "linux-" + k.Flavor, Version: k.Version, Arch: k.Arch, License: "GPL-2.0-only",
		Files: []File{
			{Path: "boot/System.map-" + k.Release, Content: []byte("ffffffff81000000 T _text\n")},
			{Path: "boot/config-" + k.Release, Content: k.Config},
			{Path: "boot/vmlinuz-" + k.Flavor, Content: k.Image},
			{Path: modules + "vmlinuz", Link: "/boot/vmlinuz-" + k.Flavor},
			{Path: "usr/share/kernel/" + k.Flavor + "/kernel.release", Content: []byte(k.Release + "\n")},
		},
	}
	for _, name := range slices.Sorted(maps.Keys(k.Modules)) {
		p.Files = append(p.Files, File{Path: modules + name + ".gz", Content: Gzip(k.Modules[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(k.Lists)) {
		p.Files = append(p.Files, File{Path: modules + name, Content: k.Lists[name]})
	}
	return p
}
