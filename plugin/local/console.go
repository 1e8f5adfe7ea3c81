package local

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
)

// programEnd is the line by which the init tells how its main program ended
// (init/internal/service, exit.go).
var programEnd = regexp.MustCompile(`^machine: app: (?:exit status ([0-9]+)|killed by signal ([0-9]+)|out of memory)`)

// console passes on what the machine's console shows, line by line, and reads from it how
// the program ended.
type console struct {
	out    io.Writer
	line   []byte
	status int
}

func (c *console) Write(p []byte) (int, error) {
	// The terminal's driver in the machine adds the carriage returns.
	if _, err := c.out.Write(bytes.ReplaceAll(p, []byte("\r"), nil)); err != nil {
		return 0, err
	}
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if len(c.line) < maxLine {
			c.line = append(c.line, line...)
		}
		if whole {
			c.read(bytes.TrimSuffix(c.line, []byte("\r")))
			c.line = c.line[:0]
		}
		rest = after
	}
	return len(p), nil
}

// maxLine is longer than any line of the init.
const maxLine = 64 << 10

// read looks whether a line tells of the program's end. A signal counts as shells have it.
func (c *console) read(line []byte) {
	found := programEnd.FindSubmatch(line)
	switch {
	case found == nil:
	case len(found[1]) > 0:
		c.status, _ = strconv.Atoi(string(found[1]))
	case len(found[2]) > 0:
		signal, _ := strconv.Atoi(string(found[2]))
		c.status = 128 + signal
	default:
		c.status = 137 // by SIGKILL
	}
}
