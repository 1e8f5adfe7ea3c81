// Package execution is what a machine that runs one program for somebody outside is
// told, and what it sends back: plain data and its form on the wire.
package execution

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/pkg/errors"
)

// Path is where the machine's initramfs holds the Order, as JSON.
const Path = "/etc/execution.json"

// Order is what to run.
type Order struct {
	// Port is the device that frames are written to, such as "/dev/ttyS1".
	Port string `json:"port"`
	// Program is the absolute path of the executable, Name what it is called by
	// (argv[0]), and Args are its arguments without that.
	Program string   `json:"program"`
	Name    string   `json:"name"`
	Args    []string `json:"args,omitempty"`
	// Env is all of its environment, "NAME=value".
	Env []string `json:"env,omitempty"`
	// Dir is its working folder, an absolute path.
	Dir string `json:"dir"`
	// Folders are the absolute paths of folders that it expects to be there.
	Folders []string `json:"folders,omitempty"`
	// Outputs are the absolute paths of files, and of folders with files, to send back
	// once it has ended. One that is not there is left out.
	Outputs []string `json:"outputs,omitempty"`
}

// Kind is what a frame holds.
type Kind byte

const (
	// Stdout and Stderr hold what the program wrote.
	Stdout Kind = 'o'
	Stderr Kind = 'e'
	// File begins a file: its path. Data is the next piece of it.
	File Kind = 'f'
	Data Kind = 'd'
	// Exit is the last: the exit status, in decimal digits.
	Exit Kind = 'x'
	// Failure is the last, too: why the program could not be run.
	Failure Kind = '!'
)

// MaxPayload is the largest payload of a frame, in bytes.
const MaxPayload = 32 << 10

// magic begins each frame. What comes before the first one, such as what firmware
// writes to a serial port, is passed over.
const magic = 0xa7

// Write writes data as one frame, or as several if it is long. Each frame is one call
// of w.Write: the magic byte, the kind, four bytes of length, the least significant
// first, and the payload.
func Write(w io.Writer, kind Kind, data []byte) error {
	for first := true; first || len(data) > 0; first = false {
		n := min(len(data), MaxPayload)
		frame := binary.LittleEndian.AppendUint32([]byte{magic, byte(kind)}, uint32(n))
		if _, err := w.Write(append(frame, data[:n]...)); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// Read reads the next frame. It fails with io.EOF if there is none, and with another
// error if what comes is no frame.
func Read(r *bufio.Reader) (Kind, []byte, error) {
	for {
		b, err := r.ReadByte()
		if err != nil {
			return 0, nil, err
		}
		if b == magic {
			break
		}
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, errors.Wrap(err, "a frame is cut off")
	}
	n := binary.LittleEndian.Uint32(head[1:])
	if n > MaxPayload {
		return 0, nil, errors.Errorf("a frame of %d bytes is no frame", n)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(r, data); err != nil {
		return 0, nil, errors.Wrap(err, "a frame is cut off")
	}
	return Kind(head[0]), data, nil
}
