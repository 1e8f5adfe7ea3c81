package apk

import (
	"archive/tar"
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // of the algorithm called RSA
	_ "crypto/sha256"
	_ "crypto/sha512"
	"fmt"
	"io"
	"strings"

	"github.com/pkg/errors"
)

// UntrustedError says that no trusted key has signed a file.
type UntrustedError struct {
	Signers []string // file names of the keys that claim to have; none: it is not signed
}

func (e *UntrustedError) Error() string {
	if len(e.Signers) == 0 {
		return "it is not signed"
	}
	return fmt.Sprintf("it is signed with %s, which is not among the trusted keys", strings.Join(e.Signers, " and "))
}

// SignatureError says that a file is not what a trusted key has signed: it has
// been damaged or tampered with.
type SignatureError struct {
	Signer string // file name of the key
}

func (e *SignatureError) Error() string {
	return "its signature is wrong: it is damaged, or not what was signed with " + e.Signer
}

// signature is a file .SIGN.ALGORITHM.KEY.
type signature struct {
	hash  crypto.Hash
	key   string // file name of the key
	value []byte
}

// readSignatures lists the signatures of an unpacked member. Algorithms that
// are not known are left out, as apk does.
func readSignatures(unpacked []byte) ([]signature, error) {
	archive := tar.NewReader(bytes.NewReader(unpacked))
	var found []signature
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return found, nil
		}
		if err != nil {
			return nil, errors.Wrap(err, "reading the signatures")
		}
		name, ok := strings.CutPrefix(header.Name, ".SIGN.")
		if !ok {
			return nil, &UntrustedError{} // this is the member that would be signed
		}
		value, err := io.ReadAll(archive)
		if err != nil {
			return nil, errors.Wrapf(err, "reading the signature %s", header.Name)
		}
		algorithm, key, _ := strings.Cut(name, ".")
		if hash := signatureHash(algorithm); hash != 0 {
			found = append(found, signature{hash, key, value})
		}
	}
}

// signatureHash is the hash of a signature algorithm (apk-tools:
// src/extract_v2.c), or 0.
func signatureHash(algorithm string) crypto.Hash {
	switch algorithm {
	case "RSA":
		return crypto.SHA1
	case "RSA256":
		return crypto.SHA256
	case "RSA512":
		return crypto.SHA512
	}
	return 0
}

// verify returns the name of a trusted key that has signed the content. One is
// enough.
func (k Keys) verify(signatures []signature, content []byte) (string, error) {
	var signers []string
	var wrong error
	for _, s := range signatures {
		signers = append(signers, s.key)
		key, trusted := k[s.key]
		if !trusted {
			continue
		}
		h := s.hash.New()
		h.Write(content)
		if rsa.VerifyPKCS1v15(key, s.hash, h.Sum(nil), s.value) == nil {
			return s.key, nil
		}
		wrong = &SignatureError{s.key}
	}
	if wrong != nil {
		return "", wrong
	}
	return "", &UntrustedError{signers}
}
