//go:build linux

package entropy

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

func TestSeed(t *testing.T) {
	long := &fstest.MapFile{Data: []byte(strings.Repeat("r", 2*kernelapi.SeedBytes))}
	tests := []struct {
		name    string
		root    fstest.MapFS
		missing bool
		failure string
	}{
		{"virtio", fstest.MapFS{current: {Data: []byte("virtio_rng.0\n")}, device: long}, false, ""},
		{"no hardware", fstest.MapFS{}, true, "file does not exist"},
		{"other hardware", fstest.MapFS{current: {Data: []byte("tpm-rng-0\n")}, device: long}, true, "the generator is tpm-rng-0"},
		{"none in use", fstest.MapFS{current: {Data: []byte("none\n")}, device: long}, true, "the generator is none"},
		{"no device", fstest.MapFS{current: {Data: []byte("virtio_rng.0\n")}}, true, "open dev/hwrng"},
		{"short", fstest.MapFS{current: {Data: []byte("virtio_rng.0\n")}, device: {Data: []byte("r")}}, false, "reading from virtio-rng"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var seed [kernelapi.SeedBytes]byte
			err := hasHypervisorSeed(test.root)
			if err == nil {
				seed, err = hypervisorSeed(test.root)
			}
			if test.failure == "" {
				if err != nil || string(seed[:]) != strings.Repeat("r", kernelapi.SeedBytes) {
					t.Errorf("%q, %v", seed, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.failure) || errors.Is(err, fs.ErrNotExist) != test.missing {
				t.Errorf("failed with %v", err)
			}
		})
	}
}

func TestParseSeed(t *testing.T) {
	whole := strings.Repeat("AAAA", 10) + "AAE="
	if seed, err := parseSeed(whole); err != nil || seed[kernelapi.SeedBytes-1] != 1 {
		t.Errorf("%x, %v", seed, err)
	}
	for text, want := range map[string]string{"": "has 0 bytes", "AAAA": "has 3 bytes", "secret!": "not in base64"} {
		if _, err := parseSeed(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret!") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
