package apk

import (
	"archive/tar"
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"

	"github.com/pkg/errors"
)

// Package is a package that has been verified.
type Package struct {
	Info
	Checksum Checksum
	Size     int64  // of the file, in bytes
	Signer   string // file name of the key that signed it
	sha256   func() string
	files    []byte // the compressed member with the files
}

// SHA256 is that of the file, in hexadecimal. It is worked out once.
func (p *Package) SHA256() string { return p.sha256() }

// ReadPackage verifies a package: the signature of its control member with one
// of the keys, and the hash of its files that this holds. The content of file
// must not change as long as the Package is used.
//
// It fails with an *UntrustedError, a *SignatureError or a *FormatV3Error, or
// with another error when the file is damaged.
func ReadPackage(file []byte, keys Keys) (*Package, error) {
	head, err := readHead(file, maxControl, keys)
	if err != nil {
		return nil, err
	}
	content, err := tarFile(head.control.unpacked, ".PKGINFO")
	if err != nil {
		return nil, err
	}
	info, err := parsePkginfo(content)
	if err != nil {
		return nil, err
	}
	if hash := sha256.Sum256(head.rest); !bytes.Equal(hash[:], info.datahash) {
		return nil, errors.Errorf("its files are damaged: they have SHA-256 %x, in what is signed stands %x", hash, info.datahash)
	}
	return &Package{
		Info:     info.Info,
		Checksum: sha1.Sum(head.control.raw),
		Size:     int64(len(file)),
		Signer:   head.signer,
		sha256: sync.OnceValue(func() string {
			hash := sha256.Sum256(file)
			return hex.EncodeToString(hash[:])
		}),
		files: head.rest,
	}, nil
}

// tarFile returns the content of the only file of that name in a piece of a tar
// archive.
func tarFile(archive []byte, name string) ([]byte, error) {
	var found []byte
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errors.Wrapf(err, "looking for %s", name)
		}
		if header.Name != name {
			continue
		}
		if header.Typeflag != tar.TypeReg || found != nil {
			return nil, errors.Errorf("%s is there twice, or is not a file", name)
		}
		if found, err = io.ReadAll(r); err != nil {
			return nil, errors.Wrapf(err, "reading %s", name)
		}
	}
	if found == nil {
		return nil, errors.Errorf("there is no %s in what is signed", name)
	}
	return found, nil
}

// MismatchError says that a package is not the one that the index names, or an
// index not that of the repository: a mirror has put another under its name, or
// is between two states.
type MismatchError struct {
	What      string // such as "checksum"
	Got, Want string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("it is not what belongs there: its %s is %s, expected is %s", e.What, e.Got, e.Want)
}

// Is fails with a *MismatchError unless p is the package of the record.
func (p *Package) Is(r Record) error {
	for _, field := range []struct{ what, got, want string }{
		{"name", p.Name, r.Name},
		{"version", p.Version, r.Version},
		{"architecture", p.Arch, r.Arch},
		{"size", fmt.Sprint(p.Size), fmt.Sprint(r.Size)},
		{"checksum", p.Checksum.String(), r.Checksum.String()},
	} {
		// An index gives packages for all architectures its own (apk-index(8):
		// --rewrite-arch).
		noarch := field.what == "architecture" && field.got == "noarch"
		if field.got != field.want && !noarch {
			return &MismatchError{field.what, field.got, field.want}
		}
	}
	return nil
}
