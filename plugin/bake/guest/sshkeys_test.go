package guest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
)

// hostKey makes a private key, as ssh-keygen does.
func hostKey(t *testing.T, passphrase string) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var block *pem.Block
	if passphrase == "" {
		block, err = ssh.MarshalPrivateKey(private, "")
	} else {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// TestKeyTexts: keys are taken from files as any editor leaves them.
func TestKeyTexts(t *testing.T) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS me"
	const print = "SHA256:uNiVztksCsDhcc0u9e8BrJJJlhYI5V5jUaMDPR0JQWA"
	host := hostKey(t, "")
	tests := []struct {
		name    string
		ssh     SSH
		want    []string
		failure string
	}{
		{"a file", SSH{AuthorizedKeys: []string{"\ufeff# mine\r\n" + key + " \r\n\r\n" + print}}, []string{key, print}, ""},
		{"comments only", SSH{AuthorizedKeys: []string{"# none\n"}}, nil, ""},
		{"cut off", SSH{AuthorizedKeys: []string{key[:40]}}, nil, "is neither a public key nor"},
		{"with options", SSH{AuthorizedKeys: []string{"no-pty " + key}}, nil, "the options of a key are not supported, here no-pty"},
		{"UTF-16", SSH{AuthorizedKeys: []string{"\xff\xfes\x00s\x00"}}, nil, "save it as UTF-8"},
		{"host key from Windows", SSH{HostKey: "\ufeff" + strings.ReplaceAll(host, "\n", "\r\n")}, nil, ""},
		{"host key without last newline", SSH{HostKey: strings.TrimSpace(host)}, nil, ""},
		{"host key's file", SSH{HostKey: "/etc/ssh/ssh_host_ed25519_key"}, nil, "give its text"},
		{"public key as host key", SSH{HostKey: key}, nil, "ssh: host_key is not a private key"},
		{"passphrase", SSH{HostKey: hostKey(t, "secret")}, nil, "ssh: host_key has a passphrase"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.ssh.prepareKeys()
			var failures []string
			for _, err := range test.ssh.validateKeys() {
				failures = append(failures, err.Error())
			}
			failure := strings.Join(failures, "; ")
			if (test.failure == "") != (failure == "") || !strings.Contains(failure, test.failure) {
				t.Errorf("%q, want %q", failure, test.failure)
			}
			if diff := cmp.Diff(test.want, test.ssh.AuthorizedKeys); test.failure == "" && diff != "" {
				t.Error(diff)
			}
			if test.ssh.HostKey != "" && strings.HasPrefix(test.name, "host key from") && test.ssh.HostKey != host {
				t.Errorf("the host key is %q", test.ssh.HostKey)
			}
		})
	}
}
