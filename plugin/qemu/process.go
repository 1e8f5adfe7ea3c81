package qemu

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/pkg/errors"
)

// Listener is where QEMU connects to, such as with a serial port.
type Listener struct {
	net.Listener
	dir string
}

// Listen opens one that only this user's processes reach; on Windows it is a port of
// 127.0.0.1.
func Listen() (*Listener, error) {
	if runtime.GOOS == "windows" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		return &Listener{Listener: l}, errors.Wrap(err, "listening for QEMU")
	}
	dir, err := os.MkdirTemp("", "scratchmachine-")
	if err != nil {
		return nil, errors.Wrap(err, "making a folder for QEMU's socket")
	}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		_ = os.Remove(dir)
		return nil, errors.Wrap(err, "listening for QEMU")
	}
	return &Listener{l, dir}, nil
}

// Device is the listener in QEMU's terms.
func (l *Listener) Device() string {
	if l.dir == "" {
		return "tcp:" + l.Addr().String()
	}
	return "unix:" + l.Addr().String()
}

// Socket is the same for -chardev socket.
func (l *Listener) Socket() string {
	if l.dir == "" {
		host, port, _ := net.SplitHostPort(l.Addr().String())
		return "host=" + host + ",port=" + port
	}
	return "path=" + l.Addr().String()
}

// Close ends it. Connections stay.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	if l.dir != "" {
		_ = os.RemoveAll(l.dir)
	}
	return err
}

// Process is a running QEMU.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts QEMU, which is killed when ctx ends. The console goes to stdout, QEMU's
// own words to stderr.
func Start(ctx context.Context, o Options, stdout, stderr io.Writer) (*Process, error) {
	if _, err := exec.LookPath(o.Command()); err != nil {
		return nil, errors.Errorf("%s is not in PATH: install QEMU", o.Command())
	}
	p := &Process{cmd: exec.CommandContext(ctx, o.Command(), o.Args()...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	started := make(chan error)
	go func() {
		// The kernel ends a child with the thread that started it (prctl(2),
		// PR_SET_PDEATHSIG), so that must live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		tie(p.cmd)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	return p, errors.Wrap(<-started, "starting QEMU")
}

// Done is closed when QEMU has ended. Err tells how.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is nil if QEMU has ended with status 0, as when the machine is off.
func (p *Process) Err() error {
	<-p.done
	return p.err
}

// Kill ends QEMU at once.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}
