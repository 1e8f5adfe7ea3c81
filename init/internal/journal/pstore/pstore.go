// Package pstore reads the messages that the kernel saved when it crashed. Linux's
// pstore keeps them in memory or firmware that survives a reset.
package pstore

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Record is one file of a crash. It holds a part of the kernel's last messages.
type Record struct {
	// Name is the file's name.
	Name string
	// Reason is the kernel's name for what happened, such as "Panic".
	Reason string
	// Lines are the messages. The header line is left out.
	Lines []string

	count, part int
}

// Read returns the records in the folder where pstore is mounted, in the order of their
// messages. If it cannot read some files, it returns the other records and the first
// error.
func Read(store fs.FS) ([]Record, error) {
	names, err := fs.Glob(store, "dmesg-*")
	var records []Record
	for _, name := range names {
		content, e := fs.ReadFile(store, name)
		if e != nil {
			err = cmp.Or(err, errors.Wrapf(e, "reading %s", name))
			continue
		}
		records = append(records, parse(name, content))
	}
	slices.SortStableFunc(records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.count, b.count), cmp.Compare(b.part, a.part))
	})
	return records, err
}

// parse parses a record. If the kernel could not decompress it, its file name says so,
// and there are no messages to show.
func parse(name string, content []byte) Record {
	r := Record{Name: name, Reason: "Crash"}
	if strings.HasSuffix(path.Base(name), ".enc.z") {
		r.Lines = []string{"(compressed by a method that this kernel does not have)"}
		return r
	}
	text := strings.ToValidUTF8(strings.Trim(string(content), "\x00\n"), "?")
	first, rest, _ := strings.Cut(text, "\n")
	if !r.header(first) {
		rest = text
	}
	r.Lines = strings.Split(rest, "\n")
	return r
}

// header parses a record's first line, "Panic#2 Part1": the reason, the number of the
// crash, and the number of the part. Part 1 holds the last messages
// (fs/pstore/platform.c, pstore_dump).
func (r *Record) header(line string) bool {
	reason, numbers, ok := strings.Cut(line, "#")
	count, part, hasPart := strings.Cut(numbers, " Part")
	c, err := strconv.Atoi(count)
	n, err2 := strconv.Atoi(part)
	if !ok || !hasPart || err != nil || err2 != nil {
		return false
	}
	r.Reason, r.count, r.part = reason, c, n
	return true
}
