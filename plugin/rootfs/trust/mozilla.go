package trust

import (
	"crypto/x509"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/crypto/x509roots/fallback/bundle"
	"golang.org/x/mod/module"
)

// MozillaVersion is that of golang.org/x/crypto/x509roots/fallback, which has
// Mozilla's authorities as they were on the day in it.
const MozillaVersion = "v0.0.0-20261030153154-30a33513ff6d"

// MozillaDate is the day of MozillaVersion.
func MozillaDate() (time.Time, error) { return module.PseudoVersionTime(MozillaVersion) }

// AddMozilla adds Mozilla's authorities, and returns the names of those that it
// left out. Mozilla trusts some only for certificates from before a certain day,
// which a file of certificates cannot say. If that day was before MozillaDate, the
// authority is left out; otherwise it counts in full.
func (s *Store) AddMozilla() (leftOut []string, err error) {
	date, err := MozillaDate()
	if err != nil {
		return nil, errors.Wrap(err, "the date of Mozilla's authorities")
	}
	issuedNow := []*x509.Certificate{{NotBefore: date}}
	for root := range bundle.Roots() {
		if root.Constraint != nil && root.Constraint(issuedNow) != nil {
			c, err := x509.ParseCertificate(root.Certificate)
			if err != nil {
				return nil, errors.Wrap(err, "reading one of Mozilla's authorities")
			}
			leftOut = append(leftOut, c.Subject.CommonName)
			continue
		}
		s.add(root.Certificate)
	}
	return leftOut, nil
}
