// Package trust makes the certificate authorities that a machine's programs trust:
// Mozilla's, the user's own, or both.
package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"io/fs"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// Path is the file of all certificates, where Debian, Alpine, Go's crypto/x509
// (root_linux.go), GnuTLS and curl have it.
const Path = "/etc/ssl/certs/ca-certificates.crt"

// links are where others look: OpenSSL with the folder that Alpine, Debian, its own
// makefile or Fedora compiles in (X509_get_default_cert_file(3)), and BoringSSL, which
// has Alpine's. None is in a folder that Go reads besides, or it would read the
// certificates again.
var links = []string{"/etc/ssl/cert.pem", "/usr/lib/ssl/cert.pem", "/usr/local/ssl/cert.pem", "/etc/pki/tls/cert.pem"}

// Store is a set of certificates, in the order in which they were added.
type Store struct {
	pem  bytes.Buffer
	seen map[[sha256.Size]byte]bool
}

// add adds a certificate, unless it is there already.
func (s *Store) add(der []byte) {
	sum := sha256.Sum256(der)
	if s.seen[sum] {
		return
	}
	if s.seen == nil {
		s.seen = map[[sha256.Size]byte]bool{}
	}
	s.seen[sum] = true
	_ = pem.Encode(&s.pem, &pem.Block{Type: certificate, Bytes: der}) // a Buffer takes all
}

// Len is the number of certificates.
func (s *Store) Len() int { return len(s.seen) }

// Files returns the file of the certificates and the links to it; none if there
// are no certificates.
func (s *Store) Files() []tree.Entry {
	if s.Len() == 0 {
		return nil
	}
	files := []tree.Entry{{Path: Path, Mode: 0o644, Content: content.Bytes(s.pem.Bytes())}}
	for _, link := range links {
		files = append(files, tree.Entry{Path: link, Mode: fs.ModeSymlink | 0o777, Target: Path})
	}
	return files
}
