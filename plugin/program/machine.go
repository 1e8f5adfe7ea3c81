package program

import (
	"bytes"
	"debug/elf"
	"io"

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

// functions finds those of the given functions that a Go program has linked in.
// The linker keeps a function only if it can be reached, and names all it kept
// in the table that tracebacks use, which stripping leaves alone: NUL-terminated
// strings in the section .gopclntab (Go: src/cmd/link/internal/ld/pcln.go,
// generateFuncnametab).
func functions(file *elf.File, names ...string) (linked, error) {
	for _, name := range []string{".gopclntab", ".data.rel.ro.gopclntab"} { // the latter in a PIE
		section := file.Section(name)
		if section == nil || section.Type == elf.SHT_NOBITS || section.Flags&elf.SHF_COMPRESSED != 0 {
			continue // none that the linker wrote; one that is compressed could unpack to anything
		}
		found, err := search(section, int64(section.FileSize), names)
		return found, errors.Wrapf(err, "reading the program's section %s", name)
	}
	return nil, nil
}

// window is how much of the table is in memory at a time, in bytes. The tables of
// large programs have tens of megabytes.
const window = 1 << 20

// search looks for names, each between two NULs.
func search(r io.ReaderAt, size int64, names []string) (linked, error) {
	found := linked{}
	overlap := 0 // a name may lie across the end of a window
	for _, name := range names {
		overlap = max(overlap, len(name)+1)
	}
	buffer := make([]byte, min(size, window))
	for at := int64(0); at < size; at += window - int64(overlap) {
		part := buffer[:min(size-at, window)]
		if n, err := r.ReadAt(part, at); n < len(part) {
			return nil, err
		}
		for _, name := range names {
			found[name] = found[name] || bytes.Contains(part, []byte("\x00"+name+"\x00"))
		}
	}
	return found, nil
}

// linked tells which functions a program has; nil if it is not Go's.
type linked map[string]bool

func (l linked) has(name string) bool { return l[name] }

// mayHave is true, too, for a program that is not Go's, of which nothing is known.
func (l linked) mayHave(name string) bool { return l == nil || l[name] }
