package apk_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
)

// Keys take a while to make: the tests share two.
var (
	ownKey   = sync.OnceValue(func() apktest.Key { return apktest.NewKey("builder@example.com-1.rsa.pub") })
	otherKey = sync.OnceValue(func() apktest.Key { return apktest.NewKey("stranger@example.com-2.rsa.pub") })
)

// trust returns the keys that trust the given ones.
func trust(t testing.TB, keys ...apktest.Key) apk.Keys {
	t.Helper()
	trusted := apk.Keys{}
	for _, k := range keys {
		if err := trusted.Add(k.Name, k.Public()); err != nil {
			t.Fatal(err)
		}
	}
	return trusted
}

// linuxVirt is a kernel package as Alpine's are laid out.
func linuxVirt(version string) apktest.Package {
	return apktest.Kernel{
		Flavor: "virt", Version: version, Arch: "x86_64", Release: "6.18.54-0-virt",
		Image: []byte("the kernel"), Config: []byte("CONFIG_E1000=m\n"),
		Modules: map[string][]byte{"kernel/drivers/net/ethernet/intel/e1000/e1000.ko": []byte("the driver")},
		Lists:   map[string][]byte{"modules.builtin": []byte("kernel/fs/ext4/ext4.ko\n")},
	}.Package()
}

func repository(packages ...apktest.Package) apktest.Repository {
	return apktest.Repository{Branch: "v3.24", Arch: "x86_64", Key: ownKey(), Packages: packages}
}

// client returns the repository of the mirror at the URL, with a cache of its
// own, and what it warned of.
func client(t *testing.T, url string) (*apk.Repository, *[]string) {
	warnings := new([]string)
	return &apk.Repository{
		Mirror: url, Branch: "v3.24", Arch: "x86_64", Keys: trust(t, ownKey()),
		Cache: &fetch.Cache{Dir: t.TempDir(), Backoff: time.Millisecond, IdleTimeout: time.Second},
		Warn:  func(s string) { *warnings = append(*warnings, s) },
	}, warnings
}

// again returns a repository with the same settings that has read nothing yet.
func again(r *apk.Repository) *apk.Repository {
	return &apk.Repository{Mirror: r.Mirror, Branch: r.Branch, Arch: r.Arch, Keys: r.Keys, Cache: r.Cache, Warn: r.Warn}
}

func serve(t *testing.T, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// wantError fails unless err contains each of the parts.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %q, want %q in it", err, part)
		}
	}
}

// members splits a file at the heads of its gzip members, which in these tests
// do not occur elsewhere.
func members(t testing.TB, file []byte, want int) [][]byte {
	t.Helper()
	magic := []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00")
	var all [][]byte
	for len(file) > 0 {
		end := bytes.Index(file[1:], magic) + 1
		if end == 0 {
			end = len(file)
		}
		all, file = append(all, file[:end]), file[end:]
	}
	if len(all) != want {
		t.Fatalf("%d members, want %d", len(all), want)
	}
	return all
}

// damaged returns a copy with one bit flipped in its middle.
func damaged(b []byte) []byte {
	b = slices.Clone(b)
	b[len(b)/2] ^= 0x10
	return b
}

var background = context.Background()
