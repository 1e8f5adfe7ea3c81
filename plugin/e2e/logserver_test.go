package e2e

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// logServer is a syslog server over TLS (RFC 5425) that can vanish and return.
type logServer struct {
	t       testing.TB
	address string
	config  *tls.Config
	ca      string // its certificate, in PEM

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
	messages []string
}

// newLogServer starts a server on loopback, where a machine in QEMU finds it as
// 10.0.2.2. Its certificate is good for now, not for years.
func newLogServer(t testing.TB) *logServer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(10, 0, 2, 2)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := &logServer{
		t: t, address: "127.0.0.1:0", ca: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		config: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
	}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *logServer) start() {
	s.t.Helper()
	l, err := tls.Listen("tcp", s.address, s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener, s.address = l, l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			go s.receive(conn)
		}
	}()
}

// stop makes the server vanish.
func (s *logServer) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.listener.Close()
	for _, conn := range s.conns {
		_ = conn.Close()
	}
}

// port is that of its address.
func (s *logServer) port() string {
	_, port, _ := net.SplitHostPort(s.address)
	return port
}

// receive reads messages, each with its length before it.
func (s *logServer) receive(conn net.Conn) {
	for r := bufio.NewReader(conn); ; {
		length, err := r.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSpace(length))
		if err != nil {
			s.t.Errorf("a frame of length %q", length)
			return
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(r, message); err != nil {
			return
		}
		s.mu.Lock()
		s.messages = append(s.messages, string(message))
		s.mu.Unlock()
	}
}

// find waits for the first message that contains a text.
func (s *logServer) find(text string) string {
	s.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		s.mu.Lock()
		for _, m := range s.messages {
			if strings.Contains(m, text) {
				s.mu.Unlock()
				return m
			}
		}
		s.mu.Unlock()
	}
	s.t.Fatalf("the server got no %q", text)
	return ""
}
