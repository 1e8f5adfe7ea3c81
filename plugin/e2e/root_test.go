package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/zoneinfo"
)

// authority is a certificate authority of a test's own.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Acme Root"}, BasicConstraintsValid: true, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

// file writes the authority's certificate as its users get it.
func (a authority) file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
	if err := os.WriteFile(path, block, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// pemFile writes one PEM block.
func pemFile(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// issue makes a certificate by the authority for an address, and its key.
func (a authority) issue(t *testing.T, address net.IP) (der []byte, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
		IPAddresses: []net.IP{address},
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key); err != nil {
		t.Fatal(err)
	}
	return der, key
}

// serverFiles writes a certificate by the authority and its key.
func (a authority) serverFiles(t *testing.T, address net.IP) (certificate, key string) {
	t.Helper()
	der, private := a.issue(t, address)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pemFile(t, "CERTIFICATE", der), pemFile(t, "PRIVATE KEY", encoded)
}

// pool trusts the authority alone.
func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// server starts an HTTPS server with a certificate by the authority, and returns
// its address as the machine sees it.
func (a authority) server(t *testing.T) string {
	t.Helper()
	der, key := a.issue(t, net.IPv4(10, 0, 2, 2))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // whom nobody trusts is told so
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return fmt.Sprintf("https://10.0.2.2:%d/", server.Listener.Addr().(*net.TCPAddr).Port)
}

// TestRoot: a program finds what it finds on a usual Linux machine, and what the
// template puts there.
func TestRoot(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	site := t.TempDir()
	if err := os.WriteFile(filepath.Join(site, "index.html"), []byte("<html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("index.html", filepath.Join(site, "home.html")); err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf(`
    kernel          = %q
    package         = %q
    ca_certificates = [%q]
    time_zone       = "Europe/Berlin"
    file {
      source      = %q
      destination = "/srv/www"
    }
    file {
      content     = "key: {{ .Value }}\n"
      destination = "/etc/app.yaml"
      mode        = "0640"
      owner       = "app"
      group       = "nogroup"
    }
`, filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz"), testdata(t, "finds"), ours.file(t), site)
	_, iso, said := buildKernel(t, options)
	for _, want := range []string{"Certificate authorities of Mozilla: ", "Certificate authorities from ", "Time zones of the IANA database " + zoneinfo.Version(),
		"The program runs as the user 1000, group 1000, and can listen on every port: "} {
		if !strings.Contains(said, want) {
			t.Errorf("packer did not say %q:\n%s", want, said)
		}
	}
	v := vmtest.Boot(t, vm.Options{CDROM: iso, Extra: []string{"-uuid", "4c4c4544-0042-3510-8058-b7c04f303333"}})

	var found map[string]string
	if err := json.Unmarshal([]byte(vmtest.Get(t, v, "/")), &found); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"authorities": "117", "local time": "14:00 CEST", "Asia/Kathmandu": "17:45", "America/New_York": "08:00",
		"user": "app /home/app", "env": "app app /home/app Europe/Berlin", "user root": "0:0 /root", "user nobody": "65534:65534 /", "user app": "1000:1000 /home/app",
		"group 5": "tty", "postgresql": "5432", "woff2": "font/woff2",
	}
	for _, dir := range []string{"/data", "/dev/shm", "/home/app", "/tmp", "/var/cache", "/var/lib", "/var/log", "/var/tmp"} {
		want["write "+dir] = "ok"
	}
	for _, dir := range []string{"/home", "/mnt", "/opt", "/srv", "/usr/bin"} { // as they are root's
		want["write "+dir] = "open " + dir + "/x: permission denied"
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	for question, want := range map[string]string{
		"/stat?path=/etc/app.yaml":      "-rw-r----- 1000:65534",
		"/read?path=/etc/app.yaml":      "key: {{ .Value }}\n",
		"/stat?path=/srv/www":           "drwxr-xr-x 0:0",
		"/stat?path=/srv/www/home.html": "Lrwxrwxrwx 0:0",
		"/read?path=/srv/www/home.html": "<html>",
		"/stat?path=/home/app":          "drwxr-xr-x 1000:1000",
		"/stat?path=/data":              "drwxr-xr-x 1000:1000",
		"/read?path=/etc/machine-id":    "4c4c4544004235108058b7c04f303333\n",
		"/get?url=" + ours.server(t):    "200 OK",
	} {
		if got := vmtest.Get(t, v, question); got != want {
			t.Errorf("%s: got %q, want %q", question, got, want)
		}
	}
	if got := vmtest.Get(t, v, "/get?url="+theirs.server(t)); !strings.Contains(got, "certificate signed by unknown authority") {
		t.Errorf("a server whose authority nobody knows: %q", got)
	}
	mounts := vmtest.Get(t, v, "/read?path=/proc/mounts")
	for _, want := range []string{" /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666 ", " /dev/mqueue mqueue rw,", " /sys/fs/cgroup cgroup2 rw,"} {
		if !strings.Contains(mounts, want) {
			t.Errorf("there is no mount %q among\n%s", want, mounts)
		}
	}
	if got := vmtest.Get(t, v, "/read?path=/etc/os-release"); !strings.Contains(got, "VERSION_ID="+config.Version+"\n") {
		t.Errorf("os-release is %s", got)
	}
}
