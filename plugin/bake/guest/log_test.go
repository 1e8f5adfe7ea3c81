package guest

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

func TestLogAndClockGuest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca.pem")
	log := Log{Server: "tls://logs.example.com", CAFile: path, Queue: 50, Level: "warning"}
	clock := Clock{Servers: []string{"10.0.2.2"}, Wait: true}
	if errs := log.Validate(); len(errs) > 0 {
		t.Fatal(errs)
	}
	if diff := cmp.Diff(config.Log{Server: "tls://logs.example.com", Queue: 50, Level: "warning"}, log.Guest()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(config.Clock{Servers: []string{"10.0.2.2"}, Wait: true}, clock.Guest()); diff != "" {
		t.Error(diff)
	}
	if _, err := log.Authorities(t.Context()); err == nil || !strings.Contains(err.Error(), "log: ca_file: "+path) {
		t.Errorf("without the file: %v", err)
	}
}

// authority is a certificate, in PEM.
func authority(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// TestAuthorities: the certificates are those that the file has, whatever editor
// wrote it.
func TestAuthorities(t *testing.T) {
	want := authority(t)
	tests := []struct{ name, content, failure string }{
		{"as it is", want, ""},
		{"byte order mark and CRLF", "\ufeff" + strings.ReplaceAll(want, "\n", "\r\n"), ""},
		{"UTF-16", "\xff\xfe-\x00-\x00", "save it as UTF-8"},
		{"something else", "PEM", "has no certificate in PEM in it"},
		{"a key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "has no certificate in PEM in it"},
		{"empty", "", "has no certificate in PEM in it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(path, []byte(test.content), 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := Log{CAFile: path}.Authorities(t.Context())
			if test.failure != "" {
				if err == nil || !strings.Contains(err.Error(), "log: ca_file: "+path) || !strings.Contains(err.Error(), test.failure) {
					t.Errorf("%v, want %q", err, test.failure)
				}
			} else if got != want || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestClockFloor(t *testing.T) {
	for epoch, want := range map[string]int64{"": 0, "0": 0, "1600000000\r\n": 1600000000, "\ufeff1500000000 \n": 1500000000, "1700000000": 1700000000} {
		if got, err := Floor(epoch); err != nil || got != want {
			t.Errorf("%q: %d, %v", epoch, got, err)
		}
	}
	for _, bad := range []string{"yesterday", "-1", "1.5", "99999999999999999999", "1\x00"} {
		if got, err := Floor(bad); err == nil || !strings.Contains(err.Error(), "SOURCE_DATE_EPOCH") {
			t.Errorf("%q: %d, %v", bad, got, err)
		}
	}
}
