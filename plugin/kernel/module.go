package kernel

import (
	"bytes"
	"debug/elf"
	"path"
	"strings"

	"github.com/pkg/errors"
)

// Module is a kernel module, decompressed.
type Module struct {
	// Name as the kernel has it, with '_' for every '-'.
	Name string
	// Arch is the architecture in Go's terms: "amd64", "arm64".
	Arch string
	// Vermagic is the release and the options it was built for, such as
	// "6.1.0-56-amd64 SMP preempt mod_unload modversions".
	Vermagic string
	// Depends are the names of the modules that must be loaded before.
	Depends []string
	// Softdeps are those that should be loaded before, where they are there.
	Softdeps []string
	// Aliases are the patterns of what it is for, such as "pci:v00008086d0000100E*"
	// or "fs-ext4".
	Aliases []string
	// Image is the ELF file with its signature, if it has one, at its end.
	Image []byte
}

// Release is the kernel release that the module was built for.
func (m Module) Release() string {
	release, _, _ := strings.Cut(m.Vermagic, " ")
	return release
}

// ParseModule reads a module, plain or compressed with gzip, xz or zstd. What
// the bytes say counts, not the file name's ending. Its information stands in
// the ELF section .modinfo (kernel: include/linux/moduleparam.h).
func ParseModule(f File) (Module, error) {
	image, err := decompress(f.Content)
	if err != nil {
		return Module{}, err
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return Module{}, errors.Wrap(err, "this is not an ELF file, as a kernel module is")
	}
	defer file.Close()
	section := file.Section(".modinfo")
	if file.Type != elf.ET_REL || section == nil {
		return Module{}, errors.New("this ELF file is not a kernel module: it has no section .modinfo")
	}
	arch, ok := architectures[file.Machine]
	if !ok {
		return Module{}, errors.Errorf("this module is for %s, which is not supported", file.Machine)
	}
	if section.Flags&elf.SHF_COMPRESSED != 0 {
		return Module{}, errors.New("its section .modinfo is compressed, as that of no kernel module is")
	}
	info, err := section.Data()
	if err != nil {
		return Module{}, errors.Wrap(err, "reading the section .modinfo")
	}
	m := parseModinfo(info)
	m.Arch, m.Image = arch, image
	if m.Name == "" {
		m.Name = ModuleName(f.Name)
	}
	if m.Vermagic == "" {
		return Module{}, errors.New("its section .modinfo names no vermagic: is the file damaged?")
	}
	return m, nil
}

var architectures = map[elf.Machine]string{
	elf.EM_X86_64:  "amd64",
	elf.EM_AARCH64: "arm64",
}

// parseModinfo reads the section's NUL-terminated "key=value" entries.
func parseModinfo(section []byte) Module {
	var m Module
	for entry := range bytes.SplitSeq(section, []byte{0}) {
		key, value, _ := strings.Cut(string(entry), "=")
		switch key {
		case "name":
			if name, ok := nameOf(value); ok {
				m.Name = name
			}
		case "vermagic":
			m.Vermagic = strings.TrimSpace(value)
		case "alias":
			if isAlias(value) {
				m.Aliases = append(m.Aliases, value)
			}
		case "softdep":
			m.Softdeps = append(m.Softdeps, softdeps(value)...)
		case "depends":
			for word := range strings.SplitSeq(value, ",") {
				if name, _ := nameOf(word); name != "" {
					m.Depends = append(m.Depends, name) // if it is no name, nothing has it
				}
			}
		}
	}
	return m
}

// softdeps returns the names behind "pre:" in "pre: a b post: c" (modprobe.d(5)).
func softdeps(value string) []string {
	var names []string
	before := false
	for _, word := range strings.Fields(value) {
		switch {
		case strings.HasSuffix(word, ":"):
			before = word == "pre:"
		case before:
			if name, ok := nameOf(word); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// isAlias tells whether a text can be a word of modules.alias(5).
func isAlias(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// nameOf is the module's name that a word of a module's section is, if it can be
// one: it is part of a C identifier (include/linux/moduleparam.h, KBUILD_MODNAME).
func nameOf(word string) (string, bool) {
	name := strings.ReplaceAll(word, "-", "_")
	return name, name != "" && strings.Trim(name, nameCharacters) == ""
}

const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// ModuleName is the name that the kernel gives to the module in a file:
// "virtio_rng" for "/lib/modules/6.1/virtio-rng.ko.xz".
func ModuleName(file string) string {
	name := path.Base(strings.ReplaceAll(file, `\`, "/"))
	if i := strings.Index(name, ".ko"); i > 0 {
		name = name[:i]
	}
	return strings.ReplaceAll(name, "-", "_")
}

// IsModuleFile tells by its name whether a file holds a kernel module:
// e1000.ko, e1000.ko.gz, e1000.ko.anything.
func IsModuleFile(file string) bool {
	name := path.Base(strings.ReplaceAll(file, `\`, "/"))
	return strings.HasSuffix(name, ".ko") || strings.Contains(name, ".ko.")
}
