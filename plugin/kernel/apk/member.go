package apk

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/pkg/errors"
)

// Limits on what members unpack to, in bytes. In Alpine 3.16's main index they
// are 1 kB and 2 MB; control members hold a few scripts.
const (
	maxSignatures = 1 << 20
	maxControl    = 16 << 20
	maxIndex      = 256 << 20
)

// member is one gzip member of a file.
type member struct {
	raw      []byte // compressed: what is signed
	unpacked []byte
}

// cutMember takes the gzip member off the head of file and returns it and what
// follows. It fails when the member unpacks to more than limit bytes.
func cutMember(file []byte, limit int) (member, []byte, error) {
	// From an io.ByteReader flate takes not one byte too many, so that the reader
	// stands at the end of the member when that has been read.
	r := bytes.NewReader(file)
	z, err := gzip.NewReader(r)
	if err != nil {
		return member{}, nil, err
	}
	z.Multistream(false)
	unpacked, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	if err != nil {
		return member{}, nil, err
	}
	if len(unpacked) > limit {
		return member{}, nil, errors.Errorf("it unpacks to more than %d MiB", limit>>20)
	}
	end := len(file) - r.Len()
	return member{file[:end], unpacked}, file[end:], nil
}

// head is the signed beginning of a package or an index.
type head struct {
	signer  string // file name of the key
	control member
	rest    []byte // of the file
}

// readHead cuts off the signatures and the member that they sign, and verifies
// that. The control member unpacks to limit bytes at most.
func readHead(file []byte, limit int, keys Keys) (head, error) {
	if err := checkFormat(file); err != nil {
		return head{}, err
	}
	signatures, rest, err := cutMember(file, maxSignatures)
	if err != nil {
		return head{}, errors.Wrap(err, "reading the signatures")
	}
	found, err := readSignatures(signatures.unpacked)
	if err != nil {
		return head{}, err
	}
	control, rest, err := cutMember(rest, limit)
	if err != nil {
		return head{}, errors.Wrap(err, "reading the part that is signed")
	}
	signer, err := keys.verify(found, control.raw)
	return head{signer, control, rest}, err
}
