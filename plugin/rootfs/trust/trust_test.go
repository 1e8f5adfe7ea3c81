package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

var now = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)

func certificatePEM(t *testing.T, change func(*x509.Certificate)) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Acme Root"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: certificate, Bytes: der})
}

func bundleOf(t *testing.T, s *Store) []byte {
	t.Helper()
	data, err := io.ReadAll(content.NewReader(s.Files()[0].Content))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMozilla(t *testing.T) {
	var s Store
	leftOut, err := s.AddMozilla()
	if err != nil || !slices.Equal(leftOut, []string{"Izenpe.com"}) {
		t.Errorf("left out are %q, %v", leftOut, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bundleOf(t, &s)) || s.Len() < 100 {
		t.Fatalf("there are %d", s.Len())
	}
	for rest := bundleOf(t, &s); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if c.Subject.CommonName == "Izenpe.com" {
			t.Error("Izenpe.com is there nevertheless")
		}
		if _, err := c.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now}); err != nil && !now.After(c.NotAfter) {
			t.Errorf("%s: %v", c.Subject, err)
		}
	}
	before := s.Len()
	if _, err := s.AddMozilla(); err != nil || s.Len() != before {
		t.Errorf("a second time there are %d, %v", s.Len(), err)
	}
}

// TestMozillaVersion: what the build says is what go.mod names.
func TestMozillaVersion(t *testing.T) {
	out, err := exec.Command(tooltest.Need(t, "go"), "list", "-m", "-f", "{{.Version}}", "golang.org/x/crypto/x509roots/fallback").Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != MozillaVersion {
		t.Errorf("go.mod has %s, %v; MozillaVersion is %s", got, err, MozillaVersion)
	}
	if date, err := MozillaDate(); err != nil || date.Format(time.DateOnly) != "2026-10-30" {
		t.Errorf("of %s, %v", date, err)
	}
}

func TestFiles(t *testing.T) {
	var s Store
	if files := s.Files(); files != nil {
		t.Errorf("of nothing there are %v", files)
	}
	if err := s.Add(certificatePEM(t, nil), now); err != nil {
		t.Fatal(err)
	}
	files, err := tree.Complete(s.Files())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range files {
		if !e.Mode.IsDir() {
			names = append(names, e.Path+" "+e.Target)
		}
	}
	want := []string{"/etc/ssl/certs/ca-certificates.crt ", "/etc/ssl/cert.pem " + Path, "/usr/lib/ssl/cert.pem " + Path,
		"/usr/local/ssl/cert.pem " + Path, "/etc/pki/tls/cert.pem " + Path}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
}

// TestOpensslReadsIt: all certificates, Mozilla's and one of ours.
func TestOpensslReadsIt(t *testing.T) {
	var s Store
	if _, err := s.AddMozilla(); err != nil {
		t.Fatal(err)
	}
	own := certificatePEM(t, nil)
	if err := s.Add(own, now); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bundle, one := filepath.Join(dir, "bundle.pem"), filepath.Join(dir, "own.pem")
	for path, data := range map[string][]byte{bundle: bundleOf(t, &s), one: own} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	openssl := tooltest.Need(t, "openssl")
	out, err := exec.Command(openssl, "storeutl", "-noout", "-certs", bundle).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Total found: ") || s.Len() != strings.Count(string(out), "Certificate\n") {
		t.Errorf("openssl storeutl: %v, we have %d\n%.300s", err, s.Len(), out)
	}
	verify := exec.Command(openssl, "verify", "-no-CApath", "-CAfile", bundle, "-attime", "1795737600", one)
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("openssl verify: %v\n%s", err, out)
	}
}

func TestAdd(t *testing.T) {
	good := certificatePEM(t, nil)
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})
	tests := []struct {
		name string
		file []byte
		want int
		err  string
	}{
		{"one", good, 1, ""},
		{"with words around it", slices.Concat([]byte("Acme\n"), good, []byte("\nthe end\n")), 1, ""},
		{"two", slices.Concat(good, certificatePEM(t, nil)), 2, ""},
		{"twice the same", slices.Concat(good, good), 1, ""},
		{"no usage said", certificatePEM(t, func(c *x509.Certificate) { c.KeyUsage = 0 }), 1, ""},
		{"empty", nil, 0, "it has no certificate in PEM"},
		{"DER", []byte("0\x82\x01\x0a"), 0, "it has no certificate in PEM: convert"},
		{"a key", slices.Concat(good, key), 0, "it has a PRIVATE KEY in it: leave only certificates"},
		{"cut off", slices.Concat(good, good[:len(good)/2]), 0, "what follows certificate 1 is damaged PEM"},
		{"damaged", pem.EncodeToMemory(&pem.Block{Type: certificate, Bytes: []byte("x")}), 0, "certificate 1: x509: "},
		{"a server's", certificatePEM(t, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature }), 0,
			`certificate 1: "CN=Acme Root" is not an authority's: give the one that signed it`},
		{"one that may not sign", certificatePEM(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }), 0, "is not an authority's"},
		{"expired", slices.Concat(good, certificatePEM(t, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })), 0,
			`certificate 2: "CN=Acme Root" has expired on 2026-11-26: give its successor`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s Store
			err := s.Add(test.file, now)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) || s.Len() != test.want {
				t.Errorf("got %d, %v", s.Len(), err)
			}
		})
	}
}

// FuzzAdd: no file makes it panic, or is half taken.
func FuzzAdd(f *testing.F) {
	var s Store
	if _, err := s.AddMozilla(); err != nil {
		f.Fatal(err)
	}
	bundle := s.pem.Bytes()
	f.Add(bundle[:5000])
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var s Store
		if err := s.Add(file, now); (err == nil) != (s.Len() > 0) {
			t.Errorf("%v, and %d certificates", err, s.Len())
		}
	})
}
