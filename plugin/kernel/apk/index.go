package apk

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Index lists the packages of a repository.
type Index struct {
	Description string    // such as "v3.16.3-13-g4d933a1fa3"
	Built       time.Time // when it was made; zero if it does not say
	Signer      string    // file name of the key that signed it
	Records     []Record  // in the order of the file
}

// ReadIndex verifies and reads an APKINDEX.tar.gz. It fails with an
// *UntrustedError, a *SignatureError or a *FormatV3Error, or with another error
// when the file is damaged.
func ReadIndex(file []byte, keys Keys) (*Index, error) {
	head, err := readHead(file, maxIndex, keys)
	if err != nil {
		return nil, err
	}
	if len(head.rest) != 0 {
		return nil, errors.Errorf("behind what is signed are another %d bytes", len(head.rest))
	}
	x := &Index{Signer: head.signer}
	archive := tar.NewReader(bytes.NewReader(head.control.unpacked))
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = x.readFile(header, archive)
		}
		if err != nil {
			return nil, errors.Wrap(err, "reading the index")
		}
	}
	if x.Records == nil {
		return nil, errors.New("there is no APKINDEX in what is signed, or it is empty")
	}
	return x, nil
}

// readFile takes in a file of the signed archive.
func (x *Index) readFile(header *tar.Header, r io.Reader) error {
	if header.Name != "APKINDEX" && header.Name != "DESCRIPTION" {
		return nil
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return errors.Wrapf(err, "reading %s", header.Name)
	}
	if header.Name == "DESCRIPTION" {
		x.Description = strings.TrimSpace(string(content))
		return nil
	}
	if x.Records != nil {
		return errors.New("APKINDEX is there twice")
	}
	x.Records, err = parseIndex(string(content))
	x.Built = newest(header.ModTime, x.Records)
	return err
}

// newest is when an index was made. Some are packed with a time of 0: then at
// least it is younger than its packages.
func newest(packed time.Time, records []Record) time.Time {
	if packed.Unix() > 0 {
		return packed.UTC()
	}
	var last time.Time
	for _, r := range records {
		if r.Built.After(last) {
			last = r.Built
		}
	}
	return last
}

// isFor fails with a *MismatchError if the index has packages for another
// architecture.
func (x *Index) isFor(arch string) error {
	for _, r := range x.Records {
		if r.Arch != arch && r.Arch != "noarch" {
			return &MismatchError{What: "architecture of " + r.Name, Got: r.Arch, Want: arch}
		}
	}
	return nil
}

// Lookup returns the record of the package with the name, the newest if there
// are several.
func (x *Index) Lookup(name string) (Record, bool) {
	var found Record
	for _, r := range x.Records {
		if r.Name == name && (found.Name == "" || CompareVersions(r.Version, found.Version) > 0) {
			found = r
		}
	}
	return found, found.Name != ""
}

// Version returns the record of the package with the name and the version.
func (x *Index) Version(name, version string) (Record, bool) {
	for _, r := range x.Records {
		if r.Name == name && r.Version == version {
			return r, true
		}
	}
	return Record{}, false
}
