package source

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strings"

	"github.com/pkg/errors"
	"golang.org/x/mod/sumdb/dirhash"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Verify checks the file at path against a checksum: "sha256:" and hexadecimal
// digits, or for the zip file of a Go module "h1:" and what go.sum says of it
// (https://go.dev/ref/mod#go-sum-files). It fails when the file is another.
func Verify(ctx context.Context, path, checksum string) error {
	if err := CheckChecksum(checksum); err != nil {
		return err
	}
	file, err := input.Open(path, maxFile)
	if err != nil {
		return err
	}
	defer file.Close()
	var got string
	if strings.HasPrefix(checksum, "h1:") {
		got, err = sumModule(ctx, file)
	} else {
		checksum = strings.ToLower(checksum)
		got, err = sumSHA256(ctx, file)
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

func sumSHA256(ctx context.Context, file io.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, input.Reader(ctx, file)); err != nil {
		return "", err
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// sumModule hashes what is in the zip file of a module, as dirhash.HashZip does,
// which cannot be cancelled.
func sumModule(ctx context.Context, file *os.File) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return "", err
	}
	var names []string
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		names = append(names, f.Name)
		files[f.Name] = f
	}
	return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) {
		r, err := files[name].Open()
		if err != nil {
			return nil, err
		}
		return readCloser{input.Reader(ctx, r), r}, nil
	})
}

type readCloser struct {
	io.Reader
	io.Closer
}
