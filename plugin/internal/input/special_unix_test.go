//go:build unix

package input

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestSpecial: none of these is opened, none blocks.
func TestSpecial(t *testing.T) {
	dir := t.TempDir()
	fifo, link, socket := filepath.Join(dir, "fifo"), filepath.Join(dir, "link"), filepath.Join(dir, "socket")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(fifo, link); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for path, kind := range map[string]string{
		fifo: "a FIFO", link: "a FIFO", socket: "a socket", "/dev/zero": "a device", "/dev/null": "a device",
	} {
		soon(t, func() {
			want := path + " is " + kind + ", not a file"
			_, err := Read(t.Context(), path, MaxText)
			wantError(t, err, want)
			wantError(t, Check(path), want)
		})
	}
}

// TestEndless: a file of the kernel's that says that it is regular, and waits
// for what comes, is left when the context ends, and some time later anyway.
func TestEndless(t *testing.T) {
	const endless = "/proc/kmsg"
	if file, err := os.Open(endless); runtime.GOOS != "linux" || err != nil {
		t.Skip("the kernel's log cannot be read here")
	} else {
		file.Close()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	soon(t, func() {
		if _, err := Read(ctx, endless, MaxText); err != context.DeadlineExceeded {
			t.Errorf("the error is %v", err)
		}
	})
	_, err := Read(t.Context(), endless, MaxText)
	wantError(t, err, "has no end")
}
