package apk

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"

	"github.com/pkg/errors"
)

// Checksum identifies a package: the SHA-1 of its compressed control member.
// Where it is of use, in an index, the index's signature vouches for it.
type Checksum [sha1.Size]byte

// String is the checksum as an index has it: "Q1" and base64.
func (c Checksum) String() string { return "Q1" + base64.StdEncoding.EncodeToString(c[:]) }

// parseChecksum reads what String writes.
func parseChecksum(s string) (Checksum, error) {
	encoded, ok := strings.CutPrefix(s, "Q1")
	content, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(content) != sha1.Size {
		return Checksum{}, errors.Errorf("%q is not a checksum of the kind Q1 (SHA-1)", s)
	}
	return Checksum(content), nil
}
