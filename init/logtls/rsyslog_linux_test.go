package logtls

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/syslog"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// rsyslog is an independent server. It writes the messages that it has understood to a
// file, one per line.
type rsyslog struct {
	t             *testing.T
	dir, out, ca  string
	udp, tcp, tls string
}

const rsyslogConf = `
global(workDirectory="%[1]s" defaultNetstreamDriverCAFile="%[1]s/cert.pem"
  defaultNetstreamDriverCertFile="%[1]s/cert.pem" defaultNetstreamDriverKeyFile="%[1]s/key.pem")
module(load="imudp")
module(load="imtcp")
template(name="all" type="string" string="%%pri%%|%%timestamp:::date-rfc3339%%|%%hostname%%|%%app-name%%|%%structured-data%%|%%msg%%\n")
input(type="imudp" address="127.0.0.1" port="%[2]s")
input(type="imtcp" address="127.0.0.1" port="%[3]s")
input(type="imtcp" address="127.0.0.1" port="%[4]s"
  streamdriver.name="gtls" streamdriver.mode="1" streamdriver.authmode="anon")
action(type="omfile" file="%[1]s/out" template="all" flushOnTXEnd="on")
`

func newRsyslog(t *testing.T) *rsyslog {
	t.Helper()
	tooltest.Need(t, "rsyslogd")
	r := &rsyslog{t: t, dir: t.TempDir()}
	r.out = filepath.Join(r.dir, "out")
	r.ca = certificate(t, r.dir)
	var ports []any
	for _, address := range []*string{&r.udp, &r.tcp, &r.tls} {
		*address = free(t)
		_, port, _ := net.SplitHostPort(*address)
		ports = append(ports, port)
	}
	r.write("conf", fmt.Sprintf(rsyslogConf, append([]any{r.dir}, ports...)...))
	return r
}

func (r *rsyslog) write(name, content string) {
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// start starts the server, and returns a function that kills it.
func (r *rsyslog) start() (kill func()) {
	r.t.Helper()
	command := exec.Command("rsyslogd", "-n", "-i", "NONE", "-f", filepath.Join(r.dir, "conf"))
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		r.t.Fatal(err)
	}
	kill = func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if r.t.Failed() {
			r.t.Logf("rsyslogd: %s", said.String())
		}
	}
	r.t.Cleanup(kill)
	return kill
}

// got waits until the server has written n lines.
func (r *rsyslog) got(n int) []string {
	r.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		content, _ := os.ReadFile(r.out)
		lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
		if len(content) > 0 && len(lines) >= n {
			return lines
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("rsyslogd has %d of %d lines", len(lines), n)
		}
	}
}

// free returns an address whose port is unused, for UDP and TCP.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certificate makes a key and a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "logs"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, content := range map[string][]byte{
		"cert.pem": public, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return string(public)
}

func (r *rsyslog) client(network, address string) *syslog.Client {
	dial := func(ctx context.Context) (net.Conn, error) {
		if network == "tls" {
			return Dial(ctx, address, r.ca)
		}
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, address)
	}
	c := syslog.NewClient(syslog.Server{Network: network, Address: address}, func() string { return "web" }, 1000, dial,
		func(err error) { r.t.Logf("reported: %v", err) })
	go c.Run(r.t.Context())
	return c
}

func line(text string) logline.Line {
	return logline.Line{Time: time.Now(), Severity: logline.Warning, Source: "program", Text: text}
}

// TestRsyslog: an independent server reads each of the three protocols.
func TestRsyslog(t *testing.T) {
	r := newRsyslog(t)
	r.start()
	for i, to := range [][2]string{{"udp", r.udp}, {"tcp", r.tcp}, {"tls", r.tls}} {
		before := time.Now()
		c := r.client(to[0], to[1])
		c.Send(line("first by " + to[0]))
		c.Send(line("and \"quoted\" ] ünicode"))
		got := r.got(2 * (i + 1))[2*i:]
		for n, text := range []string{"first by " + to[0], "and \"quoted\" ] ünicode"} {
			fields := strings.SplitN(got[n], "|", 6)
			if len(fields) != 6 {
				t.Fatalf("%s: %q", to[0], got[n])
			}
			at, err := time.Parse(time.RFC3339Nano, fields[1])
			if err != nil || at.Before(before.Add(-time.Second)) || at.After(time.Now().Add(time.Second)) {
				t.Errorf("%s: the time is %s, %v", to[0], fields[1], err)
			}
			fields[1] = ""
			want := fmt.Sprintf(`12||web|program|[meta sequenceId="%d"]|%s`, n+1, text)
			if strings.Join(fields, "|") != want {
				t.Errorf("%s: %s, want %s", to[0], got[n], want)
			}
		}
	}
}

// TestRsyslogKilled: all lines arrive that are sent while the server is killed, away
// and started again. Some may arrive twice.
func TestRsyslogKilled(t *testing.T) {
	r := newRsyslog(t)
	kill := r.start()
	c := r.client("tls", r.tls)
	c.Send(line("line 0"))
	r.got(1)
	kill()
	const lines = 700
	for i := 1; i < lines; i++ {
		c.Send(line(fmt.Sprintf("line %d", i)))
	}
	r.start()
	seen := map[string]bool{}
	for _, text := range r.got(lines) {
		seen[text[strings.LastIndex(text, "|")+1:]] = true
	}
	for i := range lines {
		if !seen[fmt.Sprintf("line %d", i)] {
			t.Errorf("line %d is lost", i)
		}
	}
}

// TestDialTrustsTheMachine: without an authority of its own the client takes those of the
// machine. The program reads them once, so it is one of its own.
func TestDialTrustsTheMachine(t *testing.T) {
	if address := os.Getenv("MACHINE_TEST_DIAL"); address != "" {
		c, err := Dial(t.Context(), address, "")
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		return
	}
	r := newRsyslog(t)
	r.start()
	c := r.client("tls", r.tls)
	c.Send(line("x"))
	r.got(1) // the server is up
	for _, trusted := range []bool{true, false} {
		roots := r.ca
		if !trusted {
			roots = certificate(t, t.TempDir())
		}
		file := filepath.Join(t.TempDir(), "roots.pem")
		if err := os.WriteFile(file, []byte(roots), 0o600); err != nil {
			t.Fatal(err)
		}
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDialTrustsTheMachine$")
		again.Env = append(os.Environ(), "MACHINE_TEST_DIAL="+r.tls, "SSL_CERT_FILE="+file, "SSL_CERT_DIR="+t.TempDir())
		if out, err := again.CombinedOutput(); (err == nil) != trusted {
			t.Errorf("trusted %v: %v\n%s", trusted, err, out)
		}
	}
}

// TestDialRefuses: the client refuses what is no authority, or a server with another
// authority.
func TestDialRefuses(t *testing.T) {
	if _, err := Dial(t.Context(), "127.0.0.1:1", "x"); err == nil || !strings.Contains(err.Error(), "log.ca") {
		t.Errorf("without an authority: %v", err)
	}
	r := newRsyslog(t)
	r.start()
	c := r.client("tls", r.tls)
	c.Send(line("x"))
	r.got(1) // the server is up
	if _, err := Dial(t.Context(), r.tls, certificate(t, t.TempDir())); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("with another authority: %v", err)
	}
}
