// Package local runs a baked machine in QEMU on this host, with its console here and its
// ports forwarded, until its program has ended or the caller wants its end.
package local

import (
	"context"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// endTime is what a machine has to power off: as long as its init gives the program,
// and the rest a while.
const endTime = 20 * time.Second

// Run runs a machine, with its console on out, and returns the exit status of its
// program: that on its console. When ctx ends, the machine's power button is pressed, and
// then the status is 0 if it has powered off. When kill is closed, QEMU is ended.
func Run(ctx context.Context, o qemu.Options, out io.Writer, kill <-chan struct{}) (status int, err error) {
	for _, f := range o.Forwards {
		if err := checkPort(f); err != nil {
			return 0, err
		}
	}
	listener, err := qemu.Listen()
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	o.Monitor = listener.Device()
	console := &console{out: out}
	process, err := qemu.Start(context.WithoutCancel(ctx), o, console, console)
	if err != nil {
		return 0, err
	}
	defer process.Kill()
	go func() { // it may end before it connects
		<-process.Done()
		_ = listener.Close()
	}()
	session, err := connect(listener)
	if err != nil {
		if failed := process.Err(); failed != nil {
			return 0, errors.Errorf("QEMU did not start: %v", failed)
		}
		return console.status, nil
	}
	defer session.Close()
	select {
	case <-process.Done():
		return console.status, errors.Wrap(process.Err(), "QEMU")
	case <-kill:
	case <-ctx.Done():
		return 0, powerOff(session, process, kill)
	}
	return 0, ctx.Err()
}

func connect(listener net.Listener) (*qemu.Session, error) {
	conn, err := listener.Accept()
	if err != nil {
		return nil, err
	}
	return qemu.NewSession(conn)
}

// powerOff presses the power button, and waits until the machine is off.
func powerOff(session *qemu.Session, process *qemu.Process, kill <-chan struct{}) error {
	if err := session.PowerDown(); err != nil {
		return err
	}
	select {
	case <-process.Done():
		return nil
	case <-kill:
		return context.Canceled
	case <-time.After(endTime):
		return errors.Errorf("the machine did not power off within %s, and was ended: has its kernel the driver of the power button (button)?", endTime)
	}
}

// checkPort fails if a port of this host is taken: QEMU would say only that it could not
// set up the forwarding.
func checkPort(f qemu.Forward) error {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(f.Host)))
	if err != nil {
		return errors.Errorf("port %d of this host is taken: choose another with --publish HOST:%d", f.Host, f.Guest)
	}
	return l.Close()
}
