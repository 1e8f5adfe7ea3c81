package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/execution"
)

// sendAll sends the regular files at and below paths. What is not there is left out.
func sendAll(port io.Writer, paths []string) error {
	for _, path := range paths {
		err := filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			return errors.Wrapf(send(port, path), "sending %s", path)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func send(port io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := execution.Write(port, execution.File, []byte(path)); err != nil {
		return err
	}
	piece := make([]byte, execution.MaxPayload)
	for {
		n, err := file.Read(piece)
		if n > 0 {
			if err := execution.Write(port, execution.Data, piece[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
