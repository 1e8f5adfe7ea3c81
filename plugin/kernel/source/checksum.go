package source

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/mod/sumdb/dirhash"
)

// Verify checks the file at path against a checksum: "sha256:" and hexadecimal
// digits, or for the zip file of a Go module "h1:" and what go.sum says of it
// (https://go.dev/ref/mod#go-sum-files). It fails when the file is another.
func Verify(path, checksum string) error {
	kind, _, _ := strings.Cut(checksum, ":")
	var got string
	var err error
	switch kind {
	case "sha256":
		checksum = strings.ToLower(checksum)
		got, err = sumSHA256(path)
	case "h1":
		got, err = dirhash.HashZip(path, dirhash.Hash1)
	default:
		return CheckChecksum(checksum)
	}
	if err != nil {
		return errors.Wrapf(err, "hashing %s", path)
	}
	if got != checksum {
		return errors.Errorf("%s is not the file that is wanted: it has %s, wanted is %s", path, got, checksum)
	}
	return nil
}

// CheckChecksum fails unless Verify can read the checksum.
func CheckChecksum(checksum string) error {
	kind, value, _ := strings.Cut(checksum, ":")
	digits, notHex := hex.DecodeString(value)
	if kind == "h1" && value != "" || kind == "sha256" && notHex == nil && len(digits) == sha256.Size {
		return nil
	}
	return errors.Errorf("%q is not a checksum: write sha256: and 64 hexadecimal digits, or h1: and what go.sum says of a Go module", checksum)
}

func sumSHA256(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}
