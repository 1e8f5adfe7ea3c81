package sshd

import (
	"context"
	"crypto/ed25519"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestPanic: what panics at one client's bytes is reported, and the next client served.
func TestPanic(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reports := make(chan string, 2)
	server := &Server{
		HostKey: key, Authorized: func(ssh.PublicKey) bool { panic("slice bounds out of range") },
		Logf: func(_ string, args ...any) { reports <- args[0].(string) },
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- server.Serve(ctx, l) }()
	for range 2 {
		_, err := ssh.Dial("tcp", l.Addr().String(), &ssh.ClientConfig{
			Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: time.Minute,
		})
		if report := <-reports; err == nil || !strings.Contains(report, "slice bounds") {
			t.Errorf("%v, %q", err, report)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
