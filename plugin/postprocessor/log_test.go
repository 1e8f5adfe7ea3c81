package postprocessor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

func TestLogAndClockGuest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca.pem")
	c, err := decode(t, map[string]any{
		"log":   map[string]any{"server": "tls://logs.example.com", "ca_file": path, "queue": 50, "level": "warning"},
		"clock": map[string]any{"servers": []string{"10.0.2.2"}, "wait": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	guest := c.guest()
	if diff := cmp.Diff(config.Log{Server: "tls://logs.example.com", Queue: 50, Level: "warning"}, guest.Log); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(config.Clock{Servers: []string{"10.0.2.2"}, Wait: true}, guest.Clock); diff != "" {
		t.Error(diff)
	}
	if _, err := c.Log.authorities(); err == nil || !strings.Contains(err.Error(), "log: reading ca_file") {
		t.Errorf("without the file: %v", err)
	}
	if err := os.WriteFile(path, []byte("PEM"), 0o644); err != nil {
		t.Fatal(err)
	}
	if pem, err := c.Log.authorities(); err != nil || pem != "PEM" {
		t.Errorf("%q, %v", pem, err)
	}
}

func TestClockFloor(t *testing.T) {
	for epoch, want := range map[string]int64{"": 0, "0": 0, "1700000000": 1700000000} {
		if got, err := clockFloor(epoch); err != nil || got != want {
			t.Errorf("%q: %d, %v", epoch, got, err)
		}
	}
	for _, bad := range []string{"yesterday", "-1", "1.5", "99999999999999999999"} {
		if got, err := clockFloor(bad); err == nil || !strings.Contains(err.Error(), "SOURCE_DATE_EPOCH") {
			t.Errorf("%q: %d, %v", bad, got, err)
		}
	}
}
