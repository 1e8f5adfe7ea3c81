// Package program takes the user's program: an ELF file that a kernel without
// a userland can run, or a Go package to build one from.
package program

import (
	"bytes"
	"debug/elf"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// Program is a static Linux program.
type Program struct {
	// Image is the ELF file.
	Image content.Content
	// Machine says that the program calls machine.Run, and so can be PID 1
	// itself. Any other program needs the stock init around it.
	Machine bool
	// LogTLS says that as PID 1 it can send its log over TLS.
	LogTLS bool
	// Debug says that as PID 1 it can have SSH and the status page.
	Debug bool
	// Roots says that it may look for certificate authorities in the files of the
	// system, and Zones for time zones.
	Roots, Zones bool
}

// Parse checks that image is a static ELF program for linux/arch, arch in Go's
// terms, and finds out whether it can be PID 1 itself. It reads the parts that tell
// and no more. The errors say what to do; they do not name the file.
func Parse(image content.Content, arch string) (Program, error) {
	start, err := start(image)
	if err != nil {
		return Program{}, err
	}
	file, err := elf.NewFile(image)
	if err != nil {
		return Program{}, notELF(start, arch)
	}
	defer file.Close()
	for _, check := range []func(*elf.File, string) error{checkTarget, checkMain, checkStatic} {
		if err := check(file, arch); err != nil {
			return Program{}, err
		}
	}
	names, err := functions(file, machineRun, logTLS, debugService, systemRoots, loadLocation, ownZones)
	return Program{
		Image: image, Machine: names.has(machineRun), LogTLS: names.has(logTLS), Debug: names.has(debugService),
		Roots: names.mayHave(systemRoots), Zones: names.mayHave(loadLocation) && !names.has(ownZones),
	}, err
}

// machines are the ELF machines of the architectures we know.
var machines = map[string]elf.Machine{
	"amd64": elf.EM_X86_64,
	"arm64": elf.EM_AARCH64,
}

func checkTarget(file *elf.File, arch string) error {
	// Go marks FreeBSD's, NetBSD's and OpenBSD's programs; Linux's are unmarked.
	if file.OSABI != elf.ELFOSABI_NONE && file.OSABI != elf.ELFOSABI_LINUX {
		return errors.Errorf("the program is not for Linux but for %s: build it with GOOS=linux", file.OSABI)
	}
	if want, ok := machines[arch]; !ok || file.Machine != want {
		return errors.Errorf("the program is for %s, the machine is %s: build it with GOARCH=%s", file.Machine, arch, arch)
	}
	return nil
}

// checkMain refuses ELF files that nothing can start.
func checkMain(file *elf.File, _ string) error {
	if file.Type == elf.ET_REL {
		return errors.New("this is an object file, not a program: it lacks a main")
	}
	if (file.Type != elf.ET_EXEC && file.Type != elf.ET_DYN) || file.Entry == 0 {
		return errors.Errorf("this ELF file (%s) is not a program: it has no entry point, so it lacks a main", file.Type)
	}
	return nil
}

// checkStatic refuses what needs a dynamic loader or libraries, as there are
// none in the machine. A static PIE is ET_DYN too, but asks for neither.
func checkStatic(file *elf.File, arch string) error {
	advice := "build it with CGO_ENABLED=0, or link it with -static"
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			loader := make([]byte, min(p.Filesz, 256))
			_, _ = p.ReadAt(loader, 0) // only for the message
			return errors.Errorf("the program is dynamic (it needs %s): %s", bytes.TrimRight(loader, "\x00"), advice)
		}
	}
	libraries, err := file.ImportedLibraries()
	if err == nil && len(libraries) > 0 {
		return errors.Errorf("the program is dynamic (it needs %s): %s", libraries[0], advice)
	}
	return nil
}

// start returns the first bytes of a file, up to 16.
func start(image content.Content) ([]byte, error) {
	b := make([]byte, min(image.Size(), 16))
	return b, content.ReadFull(image, b, 0)
}

func notELF(start []byte, arch string) error {
	kinds := []struct {
		seems  string
		magics []string
	}{
		{"a program for macOS", []string{"\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "\xfe\xed\xfa\xcf"}},
		{"a program for Windows", []string{"MZ"}},
		{"a script, and the machine has no interpreter", []string{"#!"}},
		{"an archive of a Go package that lacks a main", []string{"!<arch>\n"}},
		{"an empty file", []string{""}},
	}
	seems := "not an ELF file"
	for _, k := range kinds {
		if slices.ContainsFunc(k.magics, func(m string) bool {
			return bytes.HasPrefix(start, []byte(m)) && (m != "" || len(start) == 0)
		}) {
			seems = k.seems
		}
	}
	return errors.Errorf("this is %s: give a static Linux program, built with GOOS=linux GOARCH=%s CGO_ENABLED=0", seems, arch)
}
