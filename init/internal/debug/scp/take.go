package scp

import (
	"bufio"
	"io"
	"os"

	"github.com/pkg/errors"
)

// Take takes what the other side sends, to path.
func (s *Stream) Take(path string) error {
	s.in = bufio.NewReader(s.Reader)
	if err := s.answer(nil); err != nil {
		return err
	}
	return s.takeAll(path)
}

// takeAll takes the contents of a folder, or all that was named.
func (s *Stream) takeAll(path string) error {
	for {
		line, err := s.line()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case line == "E":
			return s.answer(nil)
		case line == "":
			return s.answer(errors.New("scp: an empty line is no line of the protocol"))
		case line[0] == 'T': // times, which nobody needs here
			err = s.answer(nil)
		case line[0] == '\x01' || line[0] == '\x02':
			return errors.Errorf("scp: the other side says: %s", line[1:])
		case line[0] == 'C':
			err = s.takeFile(path, line)
		case line[0] == 'D':
			err = s.takeDir(path, line)
		default:
			return s.answer(errors.Errorf("scp: %q is no line of the protocol", line))
		}
		if err != nil {
			return err
		}
	}
}

func (s *Stream) takeFile(path, line string) error {
	h, err := parseHeader(line)
	if err != nil {
		return s.answer(err)
	}
	file, err := os.OpenFile(target(path, h.name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, h.mode)
	if err != nil {
		return s.answer(err)
	}
	defer file.Close()
	if err := s.answer(nil); err != nil {
		return err
	}
	if _, err := io.CopyN(file, s.in, h.size); err != nil {
		return s.answer(errors.Wrapf(err, "scp: writing %s", file.Name()))
	}
	if err := s.answered(); err != nil {
		return err
	}
	if err := file.Chmod(h.mode); err != nil {
		return s.answer(err)
	}
	return s.answer(file.Close())
}

func (s *Stream) takeDir(path, line string) error {
	h, err := parseHeader(line)
	if err == nil && !s.Recursive {
		err = errors.Errorf("scp: %s is a folder, and the option -r was not given", h.name)
	}
	if err != nil {
		return s.answer(err)
	}
	dir := target(path, h.name)
	if err := os.MkdirAll(dir, h.mode|0o700); err != nil {
		return s.answer(err)
	}
	if err := s.answer(nil); err != nil {
		return err
	}
	return s.takeAll(dir)
}
