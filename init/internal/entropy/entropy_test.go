package entropy

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/abitest"
)

func TestSeed(t *testing.T) {
	long := &fstest.MapFile{Data: []byte(strings.Repeat("r", 2*seedBytes))}
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
			seed, err := Seed(test.root)
			if test.failure == "" {
				if err != nil || string(seed[:]) != strings.Repeat("r", seedBytes) {
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

func TestGiven(t *testing.T) {
	whole := strings.Repeat("AAAA", 10) + "AAE="
	if seed, err := Given(whole); err != nil || seed[seedBytes-1] != 1 {
		t.Errorf("%x, %v", seed, err)
	}
	for text, want := range map[string]string{"": "has 0 bytes", "AAAA": "has 3 bytes", "secret!": "not in base64"} {
		if _, err := Given(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret!") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestReady: on a machine that runs tests there have long been random numbers.
func TestReady(t *testing.T) {
	if !Ready() {
		t.Error("not ready")
	}
	if err := Wait(); err != nil {
		t.Error(err)
	}
}

// TestABI: what the kernel is given is what its headers say.
func TestABI(t *testing.T) {
	var p poolInfo
	abitest.Check(t, "linux/random.h", []abitest.Value{
		{C: "offsetof(struct rand_pool_info, entropy_count)", Go: unsafe.Offsetof(p.entropyCount)},
		{C: "sizeof(((struct rand_pool_info *)0)->entropy_count)", Go: unsafe.Sizeof(p.entropyCount)},
		{C: "offsetof(struct rand_pool_info, buf_size)", Go: unsafe.Offsetof(p.bufSize)},
		{C: "sizeof(((struct rand_pool_info *)0)->buf_size)", Go: unsafe.Sizeof(p.bufSize)},
		{C: "offsetof(struct rand_pool_info, buf)", Go: unsafe.Offsetof(p.buf)},
		{C: "RNDADDENTROPY", Go: unix.RNDADDENTROPY},
		{C: "sizeof(struct rand_pool_info)", Go: unsafe.Sizeof(p) - seedBytes},
	})
}

// TestCredit: the kernel takes a seed from who may give one.
func TestCredit(t *testing.T) {
	var seed [seedBytes]byte
	_, _ = rand.Read(seed[:]) // this machine's pool must not get a worse one
	err := Credit(seed)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skip("only root may")
	}
	if err != nil {
		t.Error(err)
	}
}
