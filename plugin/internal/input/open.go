// Package input reads the files that users name. A name may stand for anything:
// what is not a regular file is refused before it can block or go on for ever,
// sizes have a bound, and a read ends soon after its context does.
package input

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/pkg/errors"
)

// Bounds on the sizes of files, in bytes.
const (
	// MaxProgram is for programs. The kernel takes an initramfs below 2 GiB only
	// (initrd_addr_max, kernel: Documentation/arch/x86/boot.rst), beside itself.
	MaxProgram = 1 << 30
	// MaxKernel is for kernels, modules and what packs them.
	MaxKernel = 512 << 20
	// MaxText is for keys, certificates and configurations: a distribution's
	// kernel configuration has 300 kB.
	MaxText = 4 << 20
)

// Open opens the regular file at path, of at most max bytes, for reading. It
// never blocks. The error says what is there if it is no regular file, or is
// fs.ErrNotExist or another of package fs.
func Open(path string, max int64) (*os.File, error) {
	if err := CheckPath(path); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, Explain(err)
	}
	// Opening a device can have effects of its own.
	if err := checkRegular(path, info); err != nil {
		return nil, err
	}
	// A FIFO that has come since then would block open(2). Windows ignores the flag.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, Explain(err)
	}
	if info, err = file.Stat(); err == nil {
		err = checkRegular(path, info)
	}
	if err == nil && info.Size() > max {
		err = errTooLarge(path, max)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// Read returns the content of the regular file at path, which has at most max
// bytes. It ends soon after ctx does, with ctx's cause.
func Read(ctx context.Context, path string, max int64) ([]byte, error) {
	file, err := Open(path, max)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(ctx, file, max)
}

// patience bounds the wait for those files of the kernel's own that call
// themselves regular and yet wait for what comes, such as /proc/kmsg.
const patience = 3 * time.Second

// readAll reads a file that may say that it is empty, as those in /proc do.
func readAll(ctx context.Context, file *os.File, max int64) ([]byte, error) {
	// What cannot wait has no deadline, and does not need one.
	_ = file.SetReadDeadline(time.Now().Add(patience))
	stop := context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Now()) })
	defer stop()
	content, err := readUpTo(Reader(ctx, file), size(file), max)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errors.Errorf("%s has no end: name a file that is complete", file.Name())
	case err != nil:
		return nil, Explain(err)
	case int64(len(content)) > max:
		return nil, errTooLarge(file.Name(), max)
	}
	return content, nil
}

// Check fails unless path is a regular file or a folder.
func Check(path string) error {
	if err := CheckPath(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return Explain(err)
	}
	if info.IsDir() {
		return nil
	}
	return checkRegular(path, info)
}

// Kind names what a file is that is no regular one, such as "a FIFO"; empty for
// a regular file.
func Kind(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return ""
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeSymlink != 0:
		return "a link"
	}
	return "something special"
}

func checkRegular(path string, info fs.FileInfo) error {
	if kind := Kind(info.Mode()); kind != "" {
		return errors.Errorf("%s is %s, not a file: name a regular file", path, kind)
	}
	return nil
}

// CheckPath refuses a path that is none, whatever is there: one with a character in
// it that terminals do not show, which a script or a file with Windows line ends
// has put around it, and on Windows the name of a device, such as NUL or CON.txt,
// or of a stream, with a colon in it.
func CheckPath(path string) error {
	if strings.ContainsFunc(path, func(r rune) bool { return unicode.IsControl(r) || r == byteOrderMark }) {
		return errors.Errorf("the path %q has a character in it that cannot be seen, such as a line end: take it out", path)
	}
	name := filepath.Base(path)
	if runtime.GOOS == "windows" && !filepath.IsLocal(name) && name != ".." && name != `\` {
		return errors.Errorf("%s is no file name on Windows, which keeps such names for devices and streams: choose another", path)
	}
	return nil
}

// Explain drops the name of the system call that failed, which tells users nothing.
func Explain(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return errors.Wrap(at.Err, at.Path)
	}
	return err
}

func errTooLarge(path string, max int64) error {
	limit := fmt.Sprintf("%d bytes", max)
	if max >= 1<<20 {
		limit = fmt.Sprintf("%d MiB", max>>20)
	}
	return errors.Errorf("%s is larger than %s, the most that such a file may have: is it the right one?", path, limit)
}
