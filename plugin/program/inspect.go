package program

import (
	"bytes"
	"debug/elf"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// maxInterpreterLine is how much of a script's first line the kernel reads
// (BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h), and maxLoader how long a loader's
// name can be (PATH_MAX).
const maxInterpreterLine, maxLoader = 256, 4096

// Inspect reads a program that has others beside it, unlike one that Parse takes. It
// returns the path of the one that is to start it, as the kernel would find it: the
// dynamic loader of an ELF file (PT_INTERP), the interpreter of a script (execve(2));
// empty for a static ELF file. It fails for what a machine of the architecture, in Go's
// terms, cannot run.
func Inspect(image content.Content, arch string) (Program, string, error) {
	if image == nil {
		image = content.Bytes(nil)
	}
	line := make([]byte, min(image.Size(), maxInterpreterLine))
	if err := content.ReadFull(image, line, 0); err != nil {
		return Program{}, "", err
	}
	if bytes.HasPrefix(line, []byte("#!")) {
		interpreter, err := scriptInterpreter(line)
		return Program{Image: image, Roots: true, Zones: true}, interpreter, err
	}
	file, err := elf.NewFile(image)
	if err != nil {
		return Program{}, "", errors.New("it is neither an ELF program nor a script with #! in its first line")
	}
	defer file.Close()
	for _, check := range []func(*elf.File, string) error{checkTarget, checkMain} {
		if err := check(file, arch); err != nil {
			return Program{}, "", err
		}
	}
	loader, err := loader(file)
	if err != nil {
		return Program{}, "", err
	}
	names, err := functions(file, systemRoots, loadLocation, ownZones)
	return Program{Image: image, Roots: names.mayHave(systemRoots), Zones: names.mayHave(loadLocation) && !names.has(ownZones)}, loader, err
}

func scriptInterpreter(start []byte) (string, error) {
	line, _, whole := strings.Cut(string(start[2:]), "\n")
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == 0 })
	switch {
	case len(fields) == 0:
		return "", errors.New("it is a script whose first line names no interpreter")
	case !whole && len(fields) == 1 && len(start) == maxInterpreterLine:
		return "", errors.Errorf("it is a script whose first line is longer than the %d bytes that the kernel reads", maxInterpreterLine)
	case strings.HasSuffix(line, "\r"):
		return "", errors.New("it is a script with Windows's line ends, with which its interpreter cannot be found: save it with Unix's")
	}
	return fields[0], nil
}

// loader is the dynamic loader that an ELF file names.
func loader(file *elf.File) (string, error) {
	for _, p := range file.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		if p.Filesz < 2 || p.Filesz > maxLoader {
			return "", errors.Errorf("it is a damaged ELF file: the name of its loader has %d bytes", p.Filesz)
		}
		name := make([]byte, p.Filesz)
		if n, err := p.ReadAt(name, 0); n < len(name) {
			return "", errors.Wrap(err, "reading the name of its loader")
		}
		return string(bytes.TrimRight(name, "\x00")), nil
	}
	return "", nil
}
