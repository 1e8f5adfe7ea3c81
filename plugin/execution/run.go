package execution

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/execution"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// Machine is what programs are run on.
type Machine struct {
	Base
	MemoryMiB, CPUs int
	Accel           qemu.Accel
	// Network has a card that reaches what this host reaches.
	Network bool
}

// Run runs a program and returns its exit status. What it writes goes to stdout and
// stderr; the files that it leaves are here, too, when Run returns. It fails if the
// machine does not come up, with what its console said, and ends with ctx.
func (m Machine) Run(ctx context.Context, p Program, stdout, stderr io.Writer) (status int, err error) {
	dir, err := os.MkdirTemp("", "scratchmachine-exec-")
	if err != nil {
		return 0, errors.Wrap(err, "making a folder for the machine")
	}
	defer os.RemoveAll(dir)
	initrd := filepath.Join(dir, "initramfs")
	if err := m.writeFile(ctx, initrd, p); err != nil {
		return 0, err
	}
	listener, err := qemu.Listen()
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	var console tail
	process, err := qemu.Start(ctx, m.options(initrd, listener), &console, &console)
	if err != nil {
		return 0, err
	}
	defer process.Kill()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	go func() { // QEMU may end before it connects
		<-process.Done()
		_ = listener.Close()
	}()
	conn, err := listener.Accept()
	if err == nil {
		defer conn.Close()
		status, err = receive(conn, p.returned(), stdout, stderr)
	}
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		process.Kill()
		return 0, errors.Errorf("the machine ended before the program did. Its console:\n%s", console.String())
	}
	return status, err
}

func (m Machine) writeFile(ctx context.Context, path string, p Program) error {
	file, err := os.Create(path)
	if err != nil {
		return errors.Wrap(err, "writing the initramfs")
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	if err := m.writeInitramfs(ctx, out, p); err != nil {
		return err
	}
	return errors.Wrap(out.Flush(), "writing the initramfs")
}

// options have the least devices: each that there is costs time to be found.
func (m Machine) options(initrd string, port *qemu.Listener) qemu.Options {
	o := qemu.Options{
		Arch: m.Arch, Kernel: m.kernel(), Initrd: initrd, Append: m.commandLine(),
		MemoryMiB: m.MemoryMiB, CPUs: m.CPUs, Accel: m.Accel, NIC: qemu.NoNIC,
		Serial: []string{"stdio", port.Device()},
	}
	if m.Network {
		o.NIC = qemu.Card(m.Card)
	}
	if m.Arch == "arm64" {
		o.Serial = o.Serial[:1]
		o.Extra = []string{"-chardev", "socket,id=port," + port.Socket(), "-device", "pci-serial,chardev=port"}
	}
	return o
}

// receive passes on what the machine sends until the program has ended.
func receive(r io.Reader, outputs []string, stdout, stderr io.Writer) (int, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	files := files{allowed: outputs}
	defer files.discard()
	for {
		kind, data, err := execution.Read(in)
		if err != nil {
			return 0, err
		}
		switch kind {
		case execution.Stdout:
			_, err = stdout.Write(data)
		case execution.Stderr:
			_, err = stderr.Write(data)
		case execution.File:
			err = files.create(string(data))
		case execution.Data:
			err = files.write(data)
		case execution.Exit:
			if err := files.commit(); err != nil {
				return 0, err
			}
			return strconv.Atoi(string(data))
		case execution.Failure:
			return 0, errors.New(string(data))
		}
		if err != nil {
			return 0, err
		}
	}
}

// tail keeps the last of what a console shows.
type tail struct {
	lock sync.Mutex
	buf  []byte
}

// tailSize is enough for a kernel's panic.
const tailSize = 8 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.buf = append(t.buf, p...)
	t.buf = t.buf[max(0, len(t.buf)-tailSize):]
	return len(p), nil
}

func (t *tail) String() string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return string(bytes.ReplaceAll(t.buf, []byte("\r"), nil))
}
