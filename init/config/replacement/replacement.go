// Package replacement is what a machine and somebody outside say to each other when one
// of its services gets another program: plain data and its form on the wire.
//
// The machine begins with a Greeting. The other side sends a Request, and after it the
// program. The machine answers with Reports, of which the last has an Outcome. All of
// them are JSON objects, one a line (https://jsonlines.org).
package replacement

import (
	"bufio"
	"encoding/json"
	"io"

	"github.com/pkg/errors"
)

// Subsystem is the name of the machine's SSH subsystem (RFC 4254, 6.5).
const Subsystem = "scratchmachine-replace"

// MaxProgram is the largest program, in bytes.
const MaxProgram = 1 << 30

// Greeting is what a machine says of itself.
type Greeting struct {
	Version string `json:"version"` // of this project
	Arch    string `json:"arch"`    // in Go's terms
	// Services are the names of those that can get another program.
	Services []string `json:"services"`
}

// Request announces a program.
type Request struct {
	// Service is the one that is to run it.
	Service string `json:"service"`
	// Size is the program's, in bytes.
	Size int64 `json:"size"`
	// SHA256 is its checksum, in hexadecimal digits.
	SHA256 string `json:"sha256"`
}

// Outcome is how a replacement ended.
type Outcome string

const (
	// Replaced: the service runs the new program.
	Replaced Outcome = "replaced"
	// RolledBack: the new program failed, and the service runs the old one again.
	RolledBack Outcome = "rolled back"
	// Refused: the service runs the old program as before.
	Refused Outcome = "refused"
)

// The steps of a replacement, of which reports tell.
const (
	Received = "received" // the program is in the machine, and can run there
	Stopped  = "stopped"  // the old program has ended
	Failed   = "failed"   // the new program has, and the old one is started again
)

// Report tells how far the replacement is.
type Report struct {
	// Step has just been done. Empty in the last report.
	Step string `json:"step,omitempty"`
	// Outcome is only in the last report.
	Outcome Outcome `json:"outcome,omitempty"`
	// Message says why it was not replaced, or what the new program waits for.
	Message string `json:"message,omitempty"`
	// Old and New are the last lines of the log that the old and the new program have
	// written, and the machine about them.
	Old []string `json:"old,omitempty"`
	New []string `json:"new,omitempty"`
}

// Write writes a Greeting, a Request or a Report.
func Write(w io.Writer, message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// maxLine bounds a line, in bytes.
const maxLine = 1 << 20

// Read reads the next line into a Greeting, a Request or a Report. It fails with io.EOF
// if there is none.
func Read(r *bufio.Reader, message any) error {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return errors.Errorf("a line of more than %d bytes", maxLine)
		case err == bufio.ErrBufferFull:
		case err == io.EOF && len(line) > 0:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		default:
			return errors.Wrapf(json.Unmarshal(line, message), "reading %.100q", line)
		}
	}
}
