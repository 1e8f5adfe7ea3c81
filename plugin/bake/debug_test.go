package bake

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

func TestDebug(t *testing.T) {
	print := "SHA256:uNiVztksCsDhcc0u9e8BrJJJlhYI5V5jUaMDPR0JQWA"
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS me"
	host := hostKey(t)
	type options = map[string]any
	tests := []struct {
		name    string
		options options
		failure string
		want    config.Debug
	}{
		{"off", options{}, "", config.Debug{}},
		{"SSH", options{"ssh": options{"enabled": true}}, "", config.Debug{Interface: "eth0", SSH: config.SSH{Listen: ":22"}}},
		{"all", options{"status_page": "10.0.2.15:8081", "debug_interface": "eth1", "ssh": options{
			"enabled": true, "listen": ":2222", "authorized_keys": []string{print, key}, "host_key": host,
		}}, "", config.Debug{Interface: "eth1", Page: "10.0.2.15:8081", SSH: config.SSH{
			Listen: ":2222", AuthorizedKeys: []string{print, key}, HostKey: host,
		}}},
		{"page everywhere", options{"status_page": ":8081", "debug_interface": "all"}, "", config.Debug{Page: ":8081"}},
		{"interface of nothing", options{"debug_interface": "eth0"}, "debug_interface needs ssh or status_page", config.Debug{}},
		{"keys without SSH", options{"ssh": options{"authorized_keys": []string{key}}}, "add enabled = true", config.Debug{}},
		{"no port", options{"status_page": "10.0.2.15"}, "status_page must be a TCP address", config.Debug{}},
		{"no address", options{"ssh": options{"enabled": true, "listen": "22"}}, "ssh: listen must be a TCP address", config.Debug{}},
		{"no key", options{"ssh": options{"enabled": true, "authorized_keys": []string{"me"}}}, `"me" is neither a public key`, config.Debug{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := decode(t, test.options)
			if test.failure != "" {
				if err == nil || !strings.Contains(err.Error(), test.failure) {
					t.Errorf("%v, want %q", err, test.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, c.guest().Debug); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// hostKey makes a private key, as ssh-keygen does.
func hostKey(t *testing.T) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// TestInitFor: each program gets the init that can do what the options want.
func TestInitFor(t *testing.T) {
	usual, err := stock.Init(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	withDebug, err := stock.DebugInit(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	own := []byte("the program")
	image := content.Bytes(own)
	plain, itself := program.Program{Image: image}, program.Program{Image: image, Machine: true}
	complete := program.Program{Image: image, Machine: true, Debug: true}
	given := Options{Program: "program"}
	withTLS := Options{Program: "program", Log: guest.Log{Server: "tls://logs.example.com"}}
	withSSH := Options{Program: "program", SSH: guest.SSH{Enabled: true}}
	tests := []struct {
		name    string
		options Options
		program program.Program
		init    []byte
		under   bool
		failure string
	}{
		{"plain", given, plain, usual, true, ""},
		{"init itself", given, itself, own, false, ""},
		{"plain with SSH", withSSH, plain, withDebug, true, ""},
		{"complete with SSH", withSSH, complete, own, false, ""},
		{"the page alone", Options{Program: "program", StatusPage: ":8081"}, complete, own, false, ""},
		{"plain with TLS", withTLS, plain, withDebug, true, ""},
		{"demonstration with TLS", Options{Log: withTLS.Log}, itself, withDebug, true, ""},
		{"init itself with TLS", withTLS, itself, nil, false, "logtls.Dial"},
		{"complete with TLS", withTLS, program.Program{Image: image, Machine: true, LogTLS: true}, own, false, ""},
		{"demonstration with SSH", Options{SSH: guest.SSH{Enabled: true}}, itself, withDebug, true, ""},
		{"init itself with SSH", withSSH, itself, nil, false, "debug.Service()"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			init, under, err := test.options.initFor(t.Context(), test.program, "amd64")
			if test.failure != "" {
				if err == nil || !strings.Contains(err.Error(), test.failure) {
					t.Errorf("%v, want %q", err, test.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(content.NewReader(init))
			if err != nil || string(got) != string(test.init) || under != test.under {
				t.Errorf("%d bytes, under it: %t, %v", len(got), under, err)
			}
		})
	}
}
