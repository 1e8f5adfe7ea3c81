// Package vm boots machines in QEMU, for tests and benchmarks.
package vm

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// Options say what to boot and on what. Of Forwards the first gets a free port of this
// host, which Address tells; the default is the guest's port 80.
type Options = qemu.Options

// NoNIC is no network card at all.
const NoNIC = qemu.NoNIC

// VM is a running QEMU.
type VM struct {
	cmd     *exec.Cmd
	dir     string
	port    int
	started time.Time
	done    chan struct{} // closed when QEMU has ended

	mu      sync.Mutex
	console bytes.Buffer
	changed chan struct{} // closed and replaced when the console grows
}

// Start starts QEMU. It is killed when ctx ends. The caller must call Stop.
func Start(ctx context.Context, o Options) (*VM, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "vm-")
	if err != nil {
		return nil, errors.Wrap(err, "making a folder for QEMU's sockets")
	}
	v := &VM{dir: dir, port: port, done: make(chan struct{}), changed: make(chan struct{})}
	o.Monitor = "unix:" + v.monitorPath() + ",server=on,wait=off"
	if len(o.Forwards) == 0 {
		o.Forwards = []qemu.Forward{{Guest: 80}}
	}
	o.Forwards = slices.Clone(o.Forwards)
	o.Forwards[0].Host = port
	v.cmd = exec.CommandContext(ctx, o.Command(), o.Args()...)
	v.cmd.Stdout, v.cmd.Stderr = writer{v}, writer{v}
	v.started = time.Now()
	if err := v.cmd.Start(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, errors.Wrap(err, "starting QEMU")
	}
	go func() {
		_ = v.cmd.Wait()
		close(v.done)
	}()
	return v, nil
}

// Stop kills QEMU if it still runs.
func (v *VM) Stop() {
	_ = v.cmd.Process.Kill()
	<-v.done
	_ = os.RemoveAll(v.dir)
}

// Wait returns when QEMU has ended by itself, as it does when the machine
// powers off or, because of -no-reboot, reboots.
func (v *VM) Wait(ctx context.Context) error {
	select {
	case <-v.done:
		return nil
	case <-ctx.Done():
		return errors.Wrap(ctx.Err(), "waiting for the machine to power off")
	}
}

// Running is the time since QEMU was started.
func (v *VM) Running() time.Duration { return time.Since(v.started) }

// CPU is the processor time that QEMU took, once it has ended.
func (v *VM) CPU() time.Duration {
	<-v.done
	return v.cmd.ProcessState.UserTime() + v.cmd.ProcessState.SystemTime()
}

// Console is all that the serial console has shown, and what QEMU complained of.
func (v *VM) Console() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return strings.ReplaceAll(v.console.String(), "\r", "")
}

// Expect waits until the console has shown text and returns when that was,
// counted from the start of QEMU.
func (v *VM) Expect(ctx context.Context, text string) (time.Duration, error) {
	for {
		v.mu.Lock()
		changed := v.changed
		v.mu.Unlock()
		if strings.Contains(v.Console(), text) {
			return v.Running(), nil
		}
		select {
		case <-changed:
		case <-v.done:
			return 0, errors.Errorf("QEMU ended before the console showed %q", text)
		case <-ctx.Done():
			return 0, errors.Wrapf(ctx.Err(), "waiting for the console to show %q", text)
		}
	}
}

func (v *VM) monitorPath() string { return filepath.Join(v.dir, "qmp") }

// writer appends to the console.
type writer struct{ v *VM }

func (w writer) Write(p []byte) (int, error) {
	w.v.mu.Lock()
	defer w.v.mu.Unlock()
	w.v.console.Write(p)
	close(w.v.changed)
	w.v.changed = make(chan struct{})
	return len(p), nil
}

// Address is the host's side of the forwarded port.
func (v *VM) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(v.port)) }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, errors.Wrap(err, "finding a free port")
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
