package apk

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Record is what an index says of a package.
type Record struct {
	Info
	Checksum Checksum
	Size     int64 // of the file, in bytes
}

// parseIndex reads an APKINDEX: lines "letter:value", a record of them per
// package, an empty line behind each (apk-package(5) has the letters).
func parseIndex(text string) ([]Record, error) {
	var records []Record
	var r Record
	seen := map[byte]bool{}
	number := 0
	for line := range strings.SplitSeq(text+"\n", "\n") {
		number++
		if line == "" {
			if len(seen) > 0 {
				records = append(records, r)
			}
			r = Record{}
			clear(seen)
			continue
		}
		if len(line) < 2 || line[1] != ':' {
			return nil, errors.Errorf("line %d is %.40q: want a letter, a colon and a value", number, line)
		}
		if seen[line[0]] {
			return nil, errors.Errorf("line %d: %q is there twice in one record", number, line[:2])
		}
		seen[line[0]] = true
		if err := r.set(line[0], line[2:]); err != nil {
			return nil, errors.Wrapf(err, "line %d", number)
		}
	}
	return records, nil
}

// set takes one line into the record.
func (r *Record) set(field byte, value string) (err error) {
	switch field {
	case 'P':
		r.Name = value
	case 'V':
		r.Version = value
	case 'A':
		r.Arch = value
	case 'T':
		r.Description = value
	case 'U':
		r.URL = value
	case 'L':
		r.License = value
	case 'o':
		r.Origin = value
	case 'c':
		r.Commit = value
	case 'C':
		r.Checksum, err = parseChecksum(value)
	case 'S':
		r.Size, err = strconv.ParseInt(value, 10, 64)
	case 't':
		r.Built, err = parseTime(value)
	}
	return err
}
