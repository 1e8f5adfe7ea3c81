package remote

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"
)

// newKey returns a private key, in a file if dir is not empty. A passphrase locks it.
func newKey(t *testing.T, path, passphrase string) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if path != "" {
		block, err := ssh.MarshalPrivateKey(private, "")
		if passphrase != "" {
			block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// server is one that lets in who has a key. It returns its address.
func server(t *testing.T, host, user ssh.Signer) Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if ssh.FingerprintSHA256(key) != ssh.FingerprintSHA256(user.PublicKey()) {
			return nil, os.ErrPermission
		}
		return nil, nil
	}}
	config.AddHostKey(host)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				c, channels, requests, err := ssh.NewServerConn(conn, config)
				if err != nil {
					return
				}
				go ssh.DiscardRequests(requests)
				for channel := range channels {
					_ = channel.Reject(ssh.Prohibited, "")
				}
				_ = c.Wait()
			}()
		}
	}()
	target, err := ParseAddress(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// home gives the test a user without keys and without an agent.
func home(t *testing.T) (ssh string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("USERPROFILE", dir) // Windows
	t.Setenv("SSH_AUTH_SOCK", "")
	ssh = filepath.Join(dir, ".ssh")
	if err := os.Mkdir(ssh, 0o700); err != nil {
		t.Fatal(err)
	}
	return ssh
}

func TestDial(t *testing.T) {
	dir := home(t)
	host, other := newKey(t, "", ""), newKey(t, "", "")
	user := newKey(t, filepath.Join(dir, "named"), "")
	newKey(t, filepath.Join(dir, "locked"), "secret")
	to := server(t, host, user)
	known := func(name string, key ssh.Signer) []string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(knownhosts.Line([]string{to.Address()}, key.PublicKey())+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{file}
	}
	named := []string{filepath.Join(dir, "named")}
	for _, test := range []struct {
		name   string
		change func(*Target)
		want   string
	}{
		{"any host key", func(to *Target) { to.AnyHostKey = true }, ""},
		{"the host's fingerprint", func(to *Target) { to.HostKey = ssh.FingerprintSHA256(host.PublicKey()) }, ""},
		{"the host's key", func(to *Target) { to.HostKey = string(ssh.MarshalAuthorizedKey(host.PublicKey())) }, ""},
		{"another's key", func(to *Target) { to.HostKey = ssh.FingerprintSHA256(other.PublicKey()) }, "the machine's host key is SHA256:"},
		{"no key", func(to *Target) { to.HostKey = "secret" }, "neither a public key nor"},
		{"known", func(to *Target) { to.KnownHosts = known("known", host) }, ""},
		{"known by another key", func(to *Target) { to.KnownHosts = known("other", other) }, "it is another machine, or was baked anew"},
		{"unknown", func(*Target) {}, "is not in known_hosts"},
		{"a signer", func(to *Target) { to.AnyHostKey, to.Keys, to.Signers = true, nil, []ssh.Signer{user} }, ""},
		{"another's signer", func(to *Target) { to.AnyHostKey, to.Keys, to.Signers = true, nil, []ssh.Signer{other} }, "none of your 1 keys is authorized"},
		{"without a key", func(to *Target) { to.AnyHostKey, to.Keys = true, nil }, "you have no key"},
		{"a locked key", func(to *Target) { to.Keys = []string{filepath.Join(dir, "locked")}; to.AnyHostKey = true }, "has a passphrase"},
		{"no such key", func(to *Target) { to.Keys = []string{filepath.Join(dir, "nothing")}; to.AnyHostKey = true }, "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			to := to
			to.Keys = named
			test.change(&to)
			client, err := Dial(t.Context(), to)
			if err == nil {
				_ = client.Close()
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestDefaultKeys: the agent's keys and the files with the usual names are tried.
func TestDefaultKeys(t *testing.T) {
	dir := home(t)
	host, user := newKey(t, "", ""), newKey(t, filepath.Join(dir, "id_ed25519"), "")
	to := server(t, host, user)
	to.AnyHostKey = true
	client, err := Dial(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
	newKey(t, filepath.Join(dir, "id_ed25519"), "secret")
	if _, err := Dial(t.Context(), to); err == nil || !strings.Contains(err.Error(), "has a passphrase: add it to the SSH agent") {
		t.Error(err)
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "agent"))
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn) }()
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", l.Addr().String())
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	to = server(t, host, signer)
	to.AnyHostKey = true
	if client, err = Dial(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
}

// TestDialCancelled: a machine that accepts and says nothing.
func TestDialCancelled(t *testing.T) {
	home(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to, err := ParseAddress(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	to.AnyHostKey, to.Signers = true, []ssh.Signer{newKey(t, "", "")}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, to); err == nil || !strings.Contains(err.Error(), "deadline exceeded") {
		t.Error(err)
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]Target{
		"web": {Host: "web"}, "web:2222": {Host: "web", Port: 2222}, "me@web:22": {User: "me", Host: "web", Port: 22},
		"fe80::1": {Host: "fe80::1"}, "[fe80::1]": {Host: "fe80::1"}, "[fe80::1%eth0]:22": {Host: "fe80::1%eth0", Port: 22}, "a@b@c": {User: "a@b", Host: "c"},
	} {
		if got, err := ParseAddress(text); err != nil || got.Host != want.Host || got.Port != want.Port || got.User != want.User {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "web:", "web:ssh", "web:70000", "me@"} {
		if got, err := ParseAddress(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestParseConfig(t *testing.T) {
	const one = "Host default\n  HostName 127.0.0.1\n  User root\n  Port 2200\n  UserKnownHostsFile /dev/null\n  StrictHostKeyChecking no\n" +
		"  PasswordAuthentication no\n  IdentityFile \"/with space/private_key\"\n  IdentityFile /other\n  IdentitiesOnly yes\n"
	got, err := parseConfig(one)
	if err != nil || got.Address() != "127.0.0.1:2200" || got.User != "root" || !got.AnyHostKey || strings.Join(got.Keys, ",") != "/with space/private_key,/other" {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{
		one + one: "there are 2 machines", "": "names no address", "Host a\n  Port x\n": `the port is "x"`,
	} {
		if _, err := parseConfig(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
