package scp

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// Give sends files, and with Recursive folders.
func (s *Stream) Give(paths []string) error {
	s.in = bufio.NewReader(s.Reader)
	if err := s.answered(); err != nil {
		return err
	}
	for _, path := range paths {
		if err := s.give(path); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stream) give(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return s.answer(err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return s.answer(err)
	case info.IsDir() && s.Recursive:
		return s.giveDir(path, info)
	case !info.Mode().IsRegular():
		return s.answer(errors.Errorf("scp: %s is not a file", path))
	}
	if err := s.announce('C', info, info.Size()); err != nil {
		return err
	}
	if _, err := io.CopyN(s.Writer, file, info.Size()); err != nil {
		return errors.Wrapf(err, "scp: sending %s", path)
	}
	if err := s.answer(nil); err != nil {
		return err
	}
	return s.answered()
}

func (s *Stream) giveDir(path string, info os.FileInfo) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return s.answer(err)
	}
	if err := s.announce('D', info, 0); err != nil {
		return err
	}
	for _, entry := range entries {
		if err := s.give(filepath.Join(path, entry.Name())); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprint(s.Writer, "E\n"); err != nil {
		return err
	}
	return s.answered()
}

func (s *Stream) announce(kind byte, info os.FileInfo, size int64) error {
	_, err := fmt.Fprintf(s.Writer, "%c%04o %d %s\n", kind, info.Mode().Perm(), size, info.Name())
	if err != nil {
		return err
	}
	return s.answered()
}
