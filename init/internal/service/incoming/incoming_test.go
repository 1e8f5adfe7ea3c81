//go:build linux

package incoming

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// header is that of a static program for this machine.
func header() []byte {
	h := make([]byte, 2*headerSize+entrySize)
	copy(h, "\x7fELF\x02\x01\x01")
	put := binary.LittleEndian
	put.PutUint16(h[16:], executable)
	put.PutUint16(h[18:], machines(runtime.GOARCH))
	put.PutUint64(h[24:], 0x401000)
	put.PutUint64(h[32:], headerSize)
	put.PutUint16(h[54:], entrySize)
	put.PutUint16(h[56:], 1)
	return h
}

// dynamic is that of a program with a dynamic loader.
func dynamic(loader string) []byte {
	h := header()
	binary.LittleEndian.PutUint32(h[headerSize:], interpreter)
	binary.LittleEndian.PutUint64(h[headerSize+8:], headerSize+entrySize)
	binary.LittleEndian.PutUint64(h[headerSize+32:], uint64(len(loader)+1))
	return append(h[:headerSize+entrySize], loader+"\x00"...)
}

func with(change func(h []byte)) []byte {
	h := header()
	change(h)
	return h
}

func receive(k *kernelapi.Kernel, image []byte) (string, error) {
	sum := sha256.Sum256(image)
	p := Program{Name: "app", Size: int64(len(image)), SHA256: hex.EncodeToString(sum[:])}
	return p.Receive(k, bytes.NewReader(image))
}

func TestReceive(t *testing.T) {
	k := kernelfake.New(t)
	k.WriteFile(t, "lib64/there.so", "")
	tests := []struct {
		name  string
		image []byte
		want  string
	}{
		{"static", header(), ""},
		{"position independent", with(func(h []byte) { h[16] = shared }), ""},
		{"marked for Linux", with(func(h []byte) { h[7] = linux }), ""},
		{"dynamic, with its loader", dynamic("/lib64/there.so"), ""},
		{"dynamic, without", dynamic("/lib64/gone.so"), "the machine has no /lib64/gone.so"},
		{"nothing", nil, "the program is empty"},
		{"a script", []byte("#!/bin/sh\n" + strings.Repeat("\n", 80)), "not an ELF program"},
		{"short", header()[:63], "not an ELF program"},
		{"32 bits", with(func(h []byte) { h[4] = 1 }), "not an ELF program"},
		{"for FreeBSD", with(func(h []byte) { h[7] = 9 }), "not for Linux"},
		{"for another processor", with(func(h []byte) { h[18] = 243 }), "another architecture"},
		{"an object file", with(func(h []byte) { h[16] = 1 }), "no entry point"},
		{"without an entry", with(func(h []byte) { clear(h[24:32]) }), "no entry point"},
		{"headers beyond its end", with(func(h []byte) { h[38] = 1 }), "reading the program's headers"},
		{"headers before its start", with(func(h []byte) { h[39] = 0x80 }), "reading the program's headers"},
		{"strange headers", with(func(h []byte) { h[54] = 32 }), "reading the program's headers"},
		{"its loader's name cut", dynamic("/lib64/there.so")[:headerSize+entrySize+4], "reading the program's headers"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path, err := receive(k.Kernel, test.image)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v, want %q", err, test.want)
				}
				return
			}
			info, serr := os.Stat(path)
			if err != nil || serr != nil || info.Mode().Perm() != 0o755 {
				t.Fatalf("%v, %v, %v", err, serr, info)
			}
			if got, _ := os.ReadFile(path); !bytes.Equal(got, test.image) {
				t.Error("it is not what was sent")
			}
			_ = os.Remove(path)
		})
	}
	if left, _ := os.ReadDir(k.Path(Folder)); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestNoMemory(t *testing.T) {
	k := kernelfake.New(t)
	k.WriteFile(t, "proc/meminfo", "MemAvailable:       8193 kB\n")
	if _, err := receive(k.Kernel, make([]byte, 2<<10)); err == nil || !strings.Contains(err.Error(), "the machine has 8 MiB of memory left") {
		t.Error(err)
	}
}

// TestNoRoom: a real file system in memory that becomes full.
func TestNoRoom(t *testing.T) {
	k := kernelfake.New(t)
	dir := k.Path(Folder)
	k.Kernel.Mount = func(source, target, fstype string, flags uintptr, options string) error {
		// Less than is asked for.
		return unix.Mount(source, target, fstype, flags, "size=16k")
	}
	_, err := receive(k.Kernel, append(header(), make([]byte, 64<<10)...))
	_ = unix.Unmount(dir, 0)
	if kernelapi.Errno(err) == unix.EPERM {
		t.Skip("only root may mount")
	}
	if err == nil || !strings.Contains(err.Error(), "there is no room for the program: 16384 of ") {
		t.Error(err)
	}
}

// TestRoom: the file system grows with each program.
func TestRoom(t *testing.T) {
	k := kernelfake.New(t)
	k.Kernel.Mount, k.Kernel.Statfs = unix.Mount, unix.Statfs
	defer func() { _ = unix.Unmount(k.Path(Folder), 0) }()
	var paths []string
	for range 3 {
		path, err := receive(k.Kernel, append(header(), make([]byte, 60<<10)...))
		if kernelapi.Errno(err) == unix.EPERM {
			t.Skip("only root may mount")
		}
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(k.Path(Folder), &fs); err != nil || fs.Type != unix.TMPFS_MAGIC {
		t.Errorf("%v, %x", err, fs.Type)
	}
}
