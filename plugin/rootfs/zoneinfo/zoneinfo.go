// Package zoneinfo carries the time zones: the IANA database, compiled, as Go's
// own distribution has it.
package zoneinfo

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

//go:generate go run ./generate

// archive is Go's lib/time/zoneinfo.zip, whose files are not compressed, as a whole
// with gzip. It is kept here, so that no other Go makes another machine.
//
//go:embed zoneinfo.zip.gz
var archive []byte

//go:embed VERSION
var version string

// Version is that of the IANA database, such as "2025c".
func Version() string { return strings.TrimSpace(version) }

// Folder is where programs look for time zones (tzset(3); Go: time.LoadLocation).
const Folder = "/usr/share/zoneinfo"

// Zones are time zones by their names, such as "Europe/Berlin".
type Zones struct {
	data  map[string][]byte // TZif (RFC 9636)
	names []string          // sorted
}

// Load unpacks all of them.
func Load() (Zones, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return Zones{}, errors.Wrap(err, "unpacking the time zones")
	}
	whole, err := io.ReadAll(unpacked)
	if err != nil {
		return Zones{}, errors.Wrap(err, "unpacking the time zones")
	}
	return read(whole)
}

func read(archive []byte) (Zones, error) {
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return Zones{}, errors.Wrap(err, "reading the time zones")
	}
	zones := Zones{data: map[string][]byte{}}
	for _, file := range files.File {
		data, err := fs.ReadFile(files, file.Name)
		if err != nil {
			return Zones{}, errors.Wrapf(err, "reading the time zone %s", file.Name)
		}
		zones.data[file.Name] = data
		zones.names = append(zones.names, file.Name)
	}
	slices.Sort(zones.names)
	return zones, nil
}

// Check returns an error if there is no zone of that name, with those that may be
// meant.
func (z Zones) Check(name string) error {
	if _, ok := z.data[name]; ok {
		return nil
	}
	var similar []string
	for _, other := range z.names {
		if strings.EqualFold(other, name) || strings.EqualFold(city(other), city(name)) {
			similar = append(similar, other)
		}
	}
	if len(similar) > 0 {
		return errors.Errorf("there is no time zone %q: is it %s?", name, strings.Join(similar, " or "))
	}
	return errors.Errorf("there is no time zone %q: give a name such as Europe/Berlin or UTC", name)
}

// city is the last part of a zone's name.
func city(name string) string {
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], " ", "_")
}

// Files returns what a machine has of them: every zone if all says so, and its own
// one, local, unless it is empty. For that one, which Check knows, there is
// /etc/localtime, whose target tells programs its name (localtime(5)).
func (z Zones) Files(all bool, local string) []tree.Entry {
	var files []tree.Entry
	if all {
		files = z.all()
	} else if local != "" {
		files = append(files, z.file(local))
	}
	if local != "" {
		files = append(files, tree.Entry{Path: "/etc/localtime", Mode: fs.ModeSymlink | 0o777, Target: Folder + "/" + local})
	}
	return files
}

// all returns a file for each name, sorted. Zones that are the same under several
// names are one file: a quarter of the names are such.
func (z Zones) all() []tree.Entry {
	first := map[string]string{}
	var all []tree.Entry
	for _, name := range z.names {
		e := z.file(name)
		if other, ok := first[string(z.data[name])]; ok {
			e = tree.Entry{Path: e.Path, HardLink: other}
		} else {
			first[string(z.data[name])] = e.Path
		}
		all = append(all, e)
	}
	return all
}

func (z Zones) file(name string) tree.Entry {
	return tree.Entry{Path: Folder + "/" + name, Mode: 0o644, Content: content.Bytes(z.data[name])}
}
