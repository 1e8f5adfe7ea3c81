package trust

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"time"

	"github.com/pkg/errors"
)

// certificate is the type of a certificate's block of PEM (RFC 7468, section 5).
const certificate = "CERTIFICATE"

// Add adds the certificates of a PEM file. It fails, and adds nothing, if the file
// has none, if it has anything else, such as a key, or if one of them is no
// authority's, or not valid any more at the time now.
func (s *Store) Add(file []byte, now time.Time) error {
	var found [][]byte
	rest := file
	for n := 1; ; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != certificate {
			return errors.Errorf("it has a %s in it: leave only certificates", block.Type)
		}
		if err := check(block.Bytes, now); err != nil {
			return errors.Wrapf(err, "certificate %d", n)
		}
		found = append(found, block.Bytes)
	}
	if bytes.Contains(rest, []byte("-----BEGIN ")) {
		return errors.Errorf("what follows certificate %d is damaged PEM", len(found))
	}
	if len(found) == 0 {
		return errors.New("it has no certificate in PEM: convert one that is in DER by openssl x509 -inform der -in FILE")
	}
	for _, der := range found {
		s.add(der)
	}
	return nil
}

// check tells why an authority's certificate is of no use.
func check(der []byte, now time.Time) error {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	// Version 1 has no field that says whether it is an authority's.
	isCA := c.Version == 1 || c.BasicConstraintsValid && c.IsCA
	if !isCA || c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		return errors.Errorf("%q is not an authority's: give the one that signed it", c.Subject)
	}
	if now.After(c.NotAfter) {
		return errors.Errorf("%q has expired on %s: give its successor", c.Subject, c.NotAfter.UTC().Format(time.DateOnly))
	}
	return nil
}
