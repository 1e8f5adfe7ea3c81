//go:build linux

package incoming

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"runtime"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// The numbers of elf(5). Package debug/elf would make each init 50 KB larger.
const (
	class64, littleEndian = 2, 1
	systemNone, linux     = 0, 3 // EI_OSABI
	executable, shared    = 2, 3 // e_type
	interpreter           = 3    // p_type
	headerSize, entrySize = 64, 56
)

// machines are the values of e_machine for the architectures that there are machines for.
func machines(arch string) uint16 { return map[string]uint16{"amd64": 62, "arm64": 183}[arch] }

const (
	// maxEntries is more program headers than any program has.
	maxEntries = 256
	// maxLoader is how long the path of a dynamic loader can be (PATH_MAX).
	maxLoader = 4096
)

// check fails if the machine cannot run the program.
func check(k *kernelapi.Kernel, program io.ReaderAt) error {
	h := make([]byte, headerSize)
	_, err := program.ReadAt(h, 0)
	if err != nil || !bytes.HasPrefix(h, []byte{0x7f, 'E', 'L', 'F', class64, littleEndian}) {
		return errors.Errorf("this is not an ELF program for linux/%s", runtime.GOARCH)
	}
	// Go marks the programs for other systems. Those for Linux have no mark.
	if system := h[7]; system != systemNone && system != linux {
		return errors.Errorf("the program is not for Linux (its EI_OSABI is %d): build it with GOOS=linux", system)
	}
	if machine := binary.LittleEndian.Uint16(h[18:]); machine != machines(runtime.GOARCH) {
		return errors.Errorf("the program is for another architecture (its e_machine is %d): build it with GOARCH=%s", machine, runtime.GOARCH)
	}
	kind, entry := binary.LittleEndian.Uint16(h[16:]), binary.LittleEndian.Uint64(h[24:])
	if kind != executable && kind != shared || entry == 0 {
		return errors.New("this ELF file has no entry point, so it is not a program")
	}
	loader, err := loader(program, h)
	if err != nil || loader == "" {
		return errors.Wrap(err, "reading the program's headers")
	}
	if _, err := os.Stat(k.Path(loader)); err != nil {
		return errors.Errorf("the program is dynamic, and the machine has no %s: build it with CGO_ENABLED=0, or link it with -static", loader)
	}
	return nil
}

// loader returns the path of the dynamic loader that a program needs, empty if it is
// static. h is its header.
func loader(program io.ReaderAt, h []byte) (string, error) {
	offset, size, n := binary.LittleEndian.Uint64(h[32:]), binary.LittleEndian.Uint16(h[54:]), binary.LittleEndian.Uint16(h[56:])
	if size != entrySize || n > maxEntries {
		return "", errors.Errorf("%d of %d bytes", n, size)
	}
	table := make([]byte, int(n)*entrySize)
	if _, err := program.ReadAt(table, int64(offset)); err != nil {
		return "", err
	}
	for ; len(table) > 0; table = table[entrySize:] {
		if binary.LittleEndian.Uint32(table) != interpreter {
			continue
		}
		name := make([]byte, min(binary.LittleEndian.Uint64(table[32:]), maxLoader))
		_, err := program.ReadAt(name, int64(binary.LittleEndian.Uint64(table[8:])))
		return string(bytes.TrimRight(name, "\x00")), err
	}
	return "", nil
}
