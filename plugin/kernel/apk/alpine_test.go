package apk_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
)

// Files that Alpine and Chainguard have signed are among the test data of this
// Go module (Apache-2.0).
const (
	apkoModule = "chainguard.dev/apko@v0.30.34"
	apkoSum    = "h1:CsdZUk1lqKBoKacIZVQwFrPm+2LNL+7+F8SybfCkOjc="
)

// apkoFile reads a file of the module's test data.
func apkoFile(t testing.TB, name string) []byte {
	t.Helper()
	command := exec.Command(tooltest.Need(t, "go"), "mod", "download", "-json", apkoModule)
	command.Dir = t.TempDir() // outside of our module, which does not depend on it
	command.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	output, err := command.Output()
	var module struct{ Dir, Sum, Error string }
	if e := json.Unmarshal(output, &module); e != nil || err != nil {
		tooltest.Missing(t, "cannot download the Go module %s, which has files that Alpine signed: %v, %v %s", apkoModule, err, e, module.Error)
	}
	if module.Sum != apkoSum {
		t.Fatalf("%s has the sum %s, want %s", apkoModule, module.Sum, apkoSum)
	}
	content, err := os.ReadFile(filepath.Join(module.Dir, "pkg/apk/apk/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func alpineKeys(t testing.TB) apk.Keys {
	t.Helper()
	keys, err := apk.AlpineKeys()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 16 {
		t.Errorf("%d keys of Alpine's, want 16", len(keys))
	}
	return keys
}

func TestAlpineIndexes(t *testing.T) {
	tests := []struct {
		file, description, arch, signer, built string
		records                                int
		linux                                  string
		size                                   int64
	}{
		{"alpine-316/APKINDEX.tar.gz", "v3.16.3-13-g4d933a1fa3", "x86_64", "6165ee59", "2022-11-21", 4929, "5.15.78-r0", 27630954},
		{"alpine-317/APKINDEX.tar.gz", "v3.17.3-216-g54a39ace82a", "aarch64", "616ae350", "2023-05-27", 5004, "5.15.113-r0", 25131791},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			x, err := apk.ReadIndex(apkoFile(t, tt.file), alpineKeys(t))
			if err != nil {
				t.Fatal(err)
			}
			if x.Description != tt.description || x.Signer != "alpine-devel@lists.alpinelinux.org-"+tt.signer+".rsa.pub" {
				t.Errorf("%q, signed by %s", x.Description, x.Signer)
			}
			if got := x.Built.Format(time.DateOnly); got != tt.built || len(x.Records) != tt.records {
				t.Errorf("built %s with %d records, want %s with %d", got, len(x.Records), tt.built, tt.records)
			}
			for _, r := range x.Records {
				if r.Arch != tt.arch || r.Size == 0 || r.Checksum == (apk.Checksum{}) || r.Built.IsZero() || !apk.ValidVersion(r.Version) {
					t.Errorf("a record lacks something: %+v", r)
				}
			}
			if r, ok := x.Lookup("linux-virt"); !ok || r.Version != tt.linux || r.Size != tt.size {
				t.Errorf("linux-virt is %+v, want %s with %d bytes", r, tt.linux, tt.size)
			}
		})
	}
}

func TestAlpinePackage(t *testing.T) {
	p, err := apk.ReadPackage(apkoFile(t, "alpine-316/alpine-baselayout-3.2.0-r23.apk"), alpineKeys(t))
	if err != nil {
		t.Fatal(err)
	}
	if p.String() != "alpine-baselayout-3.2.0-r23" || p.Arch != "aarch64" || p.License != "GPL-2.0-only" || p.Built.Unix() != 1662926906 {
		t.Errorf("%+v", p.Info)
	}
	files, err := p.Extract(func(path string) bool { return path == "etc/modprobe.d/i386.conf" || path == "etc/crontabs/root" })
	if err != nil {
		t.Fatal(err)
	}
	if len(files["etc/modprobe.d/i386.conf"]) != 122 || len(files["etc/crontabs/root"]) != 283 {
		t.Errorf("%d files, sizes %d and %d", len(files), len(files["etc/modprobe.d/i386.conf"]), len(files["etc/crontabs/root"]))
	}
}

// Other builders than Alpine's: SHA-256, several signatures, unknown signers.
func TestOtherBuilders(t *testing.T) {
	keys := apk.Keys{}
	if err := keys.Add("test-rsa256.rsa.pub", apkoFile(t, "rsa256-signed/test-rsa256.rsa.pub")); err != nil {
		t.Fatal(err)
	}
	if _, err := apk.ReadIndex(apkoFile(t, "rsa256-signed/APKINDEX.tar.gz"), keys); err != nil {
		t.Error(err)
	}
	const wolfi = "chainguard-61cb6bccd1f584b007db7be51ebce2b0530a54cc5a94e7650b570d113d537cf3.rsa.pub"
	keys = apk.Keys{}
	if err := keys.Add(wolfi, apkoFile(t, "signing/keys/"+wolfi)); err != nil {
		t.Fatal(err)
	}
	if x, err := apk.ReadIndex(apkoFile(t, "signing/APKINDEX.tar.gz"), keys); err != nil || x.Signer != wolfi {
		t.Errorf("an index with three signatures of which one is trusted: %v, %v", x, err)
	}
	for file, signers := range map[string]int{"hello-wolfi-2.12.1-r0.apk": 1, "hello-0.1.0-r0.apk": 0, "replaces/replaces-0.0.1-r0.apk": 0} {
		_, err := apk.ReadPackage(apkoFile(t, file), alpineKeys(t))
		var untrusted *apk.UntrustedError
		if !errors.As(err, &untrusted) || len(untrusted.Signers) != signers {
			t.Errorf("%s: %v, want an UntrustedError with %d signers", file, err, signers)
		}
	}
}
