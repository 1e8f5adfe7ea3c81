package volume

import (
	"io"

	"github.com/pkg/errors"
)

// Blank reads both ends of a disk, because partition tables, file systems, volume
// managers, RAID and encryption leave their marks there, and samples in between. It
// reads all of a small disk.
const (
	edge    = 16 << 20
	whole   = 64 << 20
	samples = 1024
	sample  = 4096
)

// Blank returns nil if it finds only zeros on a disk of size bytes. Otherwise the error
// says why the disk does not count as blank.
func Blank(disk io.ReaderAt, size int64) error {
	if size <= whole {
		return zeros(disk, 0, size)
	}
	if err := zeros(disk, 0, edge); err != nil {
		return err
	}
	if err := zeros(disk, size-edge, edge); err != nil {
		return err
	}
	for i := range int64(samples) {
		if err := zeros(disk, edge+(size-2*edge-sample)/samples*i/sample*sample, sample); err != nil {
			return err
		}
	}
	return nil
}

func zeros(disk io.ReaderAt, from, length int64) error {
	piece := make([]byte, min(length, 1<<20))
	for at := from; at < from+length; at += int64(len(piece)) {
		piece = piece[:min(int64(len(piece)), from+length-at)]
		if err := read(disk, piece, at); err != nil {
			return err
		}
		for i, b := range piece {
			if b != 0 {
				return errors.Errorf("it is not blank: there is something at byte %d", at+int64(i))
			}
		}
	}
	return nil
}
