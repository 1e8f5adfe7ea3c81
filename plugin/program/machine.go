package program

import (
	"bytes"
	"debug/elf"

	"github.com/pkg/errors"
)

// machineRun is the function that makes a program a machine.
const machineRun = "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine.Run"

// callsMachineRun tells whether a Go program has machine.Run linked in. The
// linker keeps a function only if it can be reached, and names all it kept in
// the table that tracebacks use, which stripping leaves alone: NUL-terminated
// strings in the section .gopclntab (Go: src/cmd/link/internal/ld/pcln.go,
// generateFuncnametab).
func callsMachineRun(file *elf.File) (bool, error) {
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} { // the latter in a PIE
		section := file.Section(name)
		if section == nil || section.Type == elf.SHT_NOBITS {
			continue
		}
		table, err := section.Data()
		if err != nil {
			return false, errors.Wrapf(err, "reading the program's section %s", name)
		}
		return bytes.Contains(table, []byte("\x00"+machineRun+"\x00")), nil
	}
	return false, nil
}
