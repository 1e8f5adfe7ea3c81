package apk

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Info is what a package and its repository's index both say of it
// (apk-package(5)).
type Info struct {
	Name        string
	Version     string // such as "6.18.54-r0"
	Arch        string // in Alpine's terms: "x86_64", "aarch64", "noarch"
	Description string
	URL         string    // of the software
	License     string    // an SPDX expression, usually
	Origin      string    // the source package
	Commit      string    // of Alpine's aports repository
	Built       time.Time // zero if it is not said
}

// String is the file name without ".apk".
func (i Info) String() string { return i.Name + "-" + i.Version }

// pkginfo is what is read from a .PKGINFO.
type pkginfo struct {
	Info
	datahash []byte // SHA-256 of the compressed member with the files
}

// parsePkginfo reads a .PKGINFO: lines "key = value", and comments behind "#".
func parsePkginfo(content []byte) (pkginfo, error) {
	var p pkginfo
	texts := map[string]*string{
		"pkgname": &p.Name, "pkgver": &p.Version, "arch": &p.Arch, "pkgdesc": &p.Description, "url": &p.URL,
		"license": &p.License, "origin": &p.Origin, "commit": &p.Commit,
		"builddate": new(string), "datahash": new(string),
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, maxControl)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), " = ")
		text := texts[key]
		if !ok || text == nil {
			continue
		}
		if *text != "" {
			return pkginfo{}, errors.Errorf(".PKGINFO has %s twice: %q and %q", key, *text, value)
		}
		*text = value
	}
	if err := lines.Err(); err != nil {
		return pkginfo{}, errors.Wrap(err, "reading .PKGINFO")
	}
	var err error
	if p.Built, err = parseTime(*texts["builddate"]); err != nil {
		return pkginfo{}, errors.Wrap(err, ".PKGINFO: builddate")
	}
	p.datahash, err = hex.DecodeString(*texts["datahash"])
	if err != nil || len(p.datahash) != 32 {
		return pkginfo{}, errors.Errorf(".PKGINFO has no SHA-256 of the files but datahash = %q: nothing vouches for them", *texts["datahash"])
	}
	if err := p.check(); err != nil {
		return pkginfo{}, errors.Wrap(err, ".PKGINFO")
	}
	return p, nil
}

// check fails when the names could not be those of a package's file.
func (i Info) check() error {
	if !validName(i.Name) {
		return errors.Errorf("%q is not a package's name", i.Name)
	}
	if !validVersion(i.Version) {
		return errors.Errorf("%q is not a version of the package %s", i.Version, i.Name)
	}
	return nil
}

// validName tells whether s can be a package's name (apk-package(5)).
func validName(s string) bool {
	return s != "" && isAlnum(s[0]) && strings.Trim(s, lowerCase+upperCase+digits+"._+-") == ""
}

// validVersion tells whether s can be a package's version. The grammar of
// apk-package(5) is stricter than Alpine is: there are versions like 0.99f7-r0.
func validVersion(s string) bool {
	return s != "" && strings.IndexByte(digits, s[0]) >= 0 && strings.Trim(s, lowerCase+upperCase+digits+"._~+-") == ""
}

func isAlnum(c byte) bool { return strings.IndexByte(lowerCase+upperCase+digits, c) >= 0 }

// parseTime reads seconds since 1970; nothing, and 0, is no time.
func parseTime(s string) (time.Time, error) {
	if s == "" || s == "0" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, errors.Errorf("%q is not a time in seconds since 1970", s)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
