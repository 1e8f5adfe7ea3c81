// Package scp is the remote side of the protocol by which scp copied files
// before it came to use SFTP, and by which Vagrant still does (OpenSSH's scp.c
// describes it: "C0644 SIZE NAME", the bytes, and a 0; "D0755 0 NAME" ... "E" for
// a folder; "T" with times; each answered with a 0, or a 1 and a message).
package scp

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Stream is one side of a copy.
type Stream struct {
	// Reader has what the other side sends, and Writer takes what it gets.
	Reader io.Reader
	Writer io.Writer
	// Recursive allows folders.
	Recursive bool

	in *bufio.Reader
}

// maxLine bounds a line of the protocol, in bytes: a path has 4096 at most.
const maxLine = 8 << 10

// header is a line that announces a file or a folder.
type header struct {
	kind byte // 'C' or 'D'
	mode os.FileMode
	size int64
	name string
}

// parseHeader reads "C0644 12 name" or "D0755 0 name". A name is one that has
// no way out of the folder that it is for.
func parseHeader(line string) (header, error) {
	fields := strings.SplitN(line, " ", 3)
	if len(fields) != 3 || len(fields[0]) < 2 {
		return header{}, errors.Errorf("scp: %q is no line of the protocol", line)
	}
	mode, err := strconv.ParseUint(fields[0][1:], 8, 32)
	if err != nil || mode > 0o7777 {
		return header{}, errors.Errorf("scp: %q is no file mode", fields[0][1:])
	}
	size, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || size < 0 {
		return header{}, errors.Errorf("scp: %q is no size", fields[1])
	}
	name := fields[2]
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return header{}, errors.Errorf("scp: %q is no file name", name)
	}
	return header{line[0], os.FileMode(mode & 0o777), size, name}, nil
}

// line reads a line, without its end.
func (s *Stream) line() (string, error) {
	var text []byte
	for {
		b, err := s.in.ReadByte()
		if err != nil {
			if err == io.EOF && len(text) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
		if b == '\n' {
			return string(text), nil
		}
		if text = append(text, b); len(text) > maxLine {
			return "", errors.New("scp: a line without an end")
		}
	}
}

// answer tells the other side how it went.
func (s *Stream) answer(err error) error {
	if err == nil {
		_, werr := s.Writer.Write([]byte{0})
		return werr
	}
	_, _ = fmt.Fprintf(s.Writer, "\x01%s\n", strings.ReplaceAll(err.Error(), "\n", " "))
	return err
}

// answered waits for the other side's answer.
func (s *Stream) answered() error {
	b, err := s.in.ReadByte()
	if err != nil || b == 0 {
		return err
	}
	text, err := s.line()
	if err != nil {
		return err
	}
	return errors.Errorf("scp: the other side says: %s", text)
}

// target is where something called name goes when path was asked for: into a
// folder that is there, else under that path itself.
func target(path, name string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, name)
	}
	return path
}
