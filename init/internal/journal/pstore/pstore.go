// Package pstore reads what the kernel saved when it crashed, in memory or
// firmware that survives a reset: Linux's pstore.
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

// Record is one file of a crash: a part of the kernel's last messages.
type Record struct {
	// Name is the file's.
	Name string
	// Reason is the kernel's word for what happened, such as "Panic".
	Reason string
	// Lines are the messages, without their first line.
	Lines []string

	count, part int
}

// Read returns the records in the folder where pstore is mounted, in the order
// of their messages. Of what cannot be read it returns the first error besides.
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

// parse takes a record apart. One that the kernel could not decompress has a
// name that says so, and nothing to show.
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

// header reads a record's first line, "Panic#2 Part1": the reason, which crash
// it was, and the part, of which the first holds the last messages
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
