package program

import (
	"bytes"
	"debug/elf"

	"github.com/pkg/errors"
)

const (
	// machineRun is the function that makes a program a machine.
	machineRun = "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine.Run"
	// logTLS is the one by which a machine sends its log over TLS.
	logTLS = "github.com/scratchmachine/packer-plugin-scratchmachine/init/logtls.Dial"
	// debugService is the one by which a machine has SSH and the status page.
	debugService = "github.com/scratchmachine/packer-plugin-scratchmachine/init/machine/debug.Service"

	// systemRoots is the one by which Go reads the system's certificate authorities
	// (crypto/x509/root_unix.go).
	systemRoots = "crypto/x509.loadSystemRoots"
	// loadLocation is the one by which a program asks for a time zone, and ownZones
	// that of those which a program brings with it, by package time/tzdata.
	loadLocation = "time.LoadLocation"
	ownZones     = "time/tzdata.loadFromEmbeddedTZData"
)

// functions returns the names of the functions that a Go program has linked in.
// The linker keeps a function only if it can be reached, and names all it kept
// in the table that tracebacks use, which stripping leaves alone: NUL-terminated
// strings in the section .gopclntab (Go: src/cmd/link/internal/ld/pcln.go,
// generateFuncnametab).
func functions(file *elf.File) (table, error) {
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} { // the latter in a PIE
		section := file.Section(name)
		if section == nil || section.Type == elf.SHT_NOBITS || section.Flags&elf.SHF_COMPRESSED != 0 {
			continue // none that the linker wrote; one that is compressed could unpack to anything
		}
		names, err := section.Data()
		return names, errors.Wrapf(err, "reading the program's section %s", name)
	}
	return nil, nil
}

// table holds names, each between two NULs.
type table []byte

func (t table) has(name string) bool { return bytes.Contains(t, []byte("\x00"+name+"\x00")) }

// mayHave is true, too, for a program that is not Go's, of which nothing is known.
func (t table) mayHave(name string) bool { return t == nil || t.has(name) }
