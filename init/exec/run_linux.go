package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/execution"
)

// openPort opens a serial port such that every byte reaches the other side as it is.
func openPort(path string) (*os.File, error) {
	// Without O_NOCTTY it would become the terminal of this process.
	port, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, errors.Wrap(err, "opening the port to the host")
	}
	return port, errors.Wrapf(makeRaw(int(port.Fd())), "setting up %s", path)
}

// makeRaw turns off all that a terminal does with what is written: termios(3), raw
// mode. The speed does not matter to a port that no wire is connected to.
func makeRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return os.NewSyscallError("TCGETS", err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB|unix.CRTSCTS) | unix.CS8 | unix.CLOCAL
	return os.NewSyscallError("TCSETS", unix.IoctlSetTermios(fd, unix.TCSETS, t))
}

// run runs the program and returns its exit status in decimal digits, 128 and the
// signal's number if a signal ended it, as shells have it.
func run(ctx context.Context, o execution.Order, port io.Writer) ([]byte, error) {
	for _, dir := range append(o.Folders, o.Dir) {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, err
		}
	}
	var lock sync.Mutex
	cmd := exec.CommandContext(ctx, o.Program)
	cmd.Args, cmd.Env, cmd.Dir = append([]string{o.Name}, o.Args...), o.Env, o.Dir
	cmd.Stdout = framer{port, &lock, execution.Stdout}
	cmd.Stderr = framer{port, &lock, execution.Stderr}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return nil, errors.Wrap(err, "running the program")
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return strconv.AppendInt(nil, int64(128+status.Signal()), 10), nil
	}
	return strconv.AppendInt(nil, int64(status.ExitStatus()), 10), nil
}

// framer makes frames of what is written to it. Both streams share the port.
type framer struct {
	port io.Writer
	lock *sync.Mutex
	kind execution.Kind
}

func (f framer) Write(p []byte) (int, error) {
	f.lock.Lock()
	defer f.lock.Unlock()
	return len(p), execution.Write(f.port, f.kind, p)
}
