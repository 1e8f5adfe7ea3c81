//go:build linux

// Package incoming takes programs that come into a running machine: it keeps each in
// memory, and makes sure that it came whole and that the machine can run it. What is done
// with it is the caller's to say.
package incoming

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// Folder holds the programs: a file system in memory, where only root can write.
	Folder = "/run/machine/programs"
	// reserve is the memory that a program must leave, in bytes: what PID 1 needs to
	// go on.
	reserve = 8 << 20
)

// Program is one that comes.
type Program struct {
	// Name begins the name of its file.
	Name string
	// Size is in bytes, and SHA256 in hexadecimal digits.
	Size   int64
	SHA256 string
}

// Receive reads the program from r, and returns the path of its file. If it fails,
// nothing is left of it.
func (p Program) Receive(k *kernelapi.Kernel, r io.Reader) (path string, err error) {
	if err := p.makeRoom(k); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(k.Path(Folder), p.Name+"-*")
	if err != nil {
		return "", errors.Wrap(err, "making a file for the program")
	}
	defer func() {
		_ = file.Close()
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	if err := p.copy(file, r); err != nil {
		return "", err
	}
	if err := check(k, file); err != nil {
		return "", err
	}
	if err := file.Chmod(0o755); err != nil {
		return "", errors.Wrap(err, "making the program executable")
	}
	_ = file.Close()
	// No program can be run while somebody has it open to write to it, as a child does that
	// was forked meanwhile and has not become its own program yet.
	syscall.ForkLock.RLock()
	syscall.ForkLock.RUnlock()
	return file.Name(), nil
}

// makeRoom makes the folder, with room for the program.
func (p Program) makeRoom(k *kernelapi.Kernel) error {
	if p.Size <= 0 {
		return errors.New("the program is empty")
	}
	available, known := k.MemInfo("MemAvailable")
	if known && p.Size > available-reserve {
		return errors.Errorf("the program takes %d MiB, and the machine has %d MiB of memory left, of which it keeps %d: give it more",
			mib(p.Size), available>>20, reserve>>20)
	}
	dir := k.Path(Folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errors.Wrap(err, "making a folder for the program")
	}
	flags, used := uintptr(unix.MS_NOSUID|unix.MS_NODEV), int64(0)
	var fs unix.Statfs_t
	if mounted(dir) && k.Statfs(dir, &fs) == nil {
		flags |= unix.MS_REMOUNT
		used = int64(fs.Blocks-fs.Bfree) * int64(fs.Bsize)
	}
	const page = 4096 // a file takes whole ones
	size := used + p.Size + page
	err := k.Mount("tmpfs", dir, "tmpfs", flags, "mode=0755,size="+strconv.FormatInt(size, 10))
	if kernelapi.Errno(err) == unix.ENODEV { // a kernel without tmpfs: the root is in memory, too
		return nil
	}
	return errors.Wrap(err, "making room for the program")
}

// mounted reports whether a folder is another file system than the one above it. (The
// file systems' own numbers tell it only since Linux 5.13.)
func mounted(dir string) bool {
	var own, above unix.Stat_t
	return unix.Stat(dir, &own) == nil && unix.Stat(filepath.Dir(dir), &above) == nil && own.Dev != above.Dev
}

// copy copies the program and compares its checksum.
func (p Program) copy(file io.Writer, r io.Reader) error {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(r, p.Size))
	switch {
	case kernelapi.Errno(err) == unix.ENOSPC || kernelapi.Errno(err) == unix.EDQUOT:
		return errors.Errorf("there is no room for the program: %d of %d bytes fit", n, p.Size)
	case err != nil:
		return errors.Wrap(err, "receiving the program")
	case n < p.Size:
		return errors.Errorf("the program ended after %d of %d bytes", n, p.Size)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != p.SHA256 {
		return errors.Errorf("the program's SHA-256 is %s, not %s: it was changed on its way", got, p.SHA256)
	}
	return nil
}

// mib is a number of bytes in MiB, rounded up.
func mib(bytes int64) int64 { return (bytes + 1<<20 - 1) >> 20 }
