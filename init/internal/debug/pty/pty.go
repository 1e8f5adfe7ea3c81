//go:build linux

// Package pty makes pseudo-terminals: pty(7).
package pty

import (
	"os"
	"strconv"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// Open makes a pseudo-terminal: master is our end, and tty the program's. The
// file system devpts must be mounted.
func Open() (master, tty *os.File, err error) {
	master, err = os.OpenFile("/dev/pts/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, errors.Wrap(err, "making a terminal")
	}
	defer func() {
		if err != nil {
			_ = master.Close()
		}
	}()
	var number uint32
	err = control(master, func(fd int) error {
		if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
			return err
		}
		number, err = unix.IoctlGetUint32(fd, unix.TIOCGPTN)
		return err
	})
	if err != nil {
		return nil, nil, errors.Wrap(err, "unlocking a terminal")
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	return master, tty, errors.Wrap(err, "opening a terminal")
}

// Resize tells the programs of a terminal its size, in characters.
func Resize(master *os.File, width, height int) error {
	return control(master, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(width), Row: uint16(height)})
	})
}

// control calls do with the file's descriptor, which stays as it is: not blocking.
func control(file *os.File, do func(fd int) error) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) { failed = do(int(fd)) })
	if err != nil {
		return err
	}
	return failed
}
