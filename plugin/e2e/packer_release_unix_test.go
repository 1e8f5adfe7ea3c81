//go:build unix

package e2e

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// packerZip is a release with a stand-in for packer.
func packerZip(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range map[string]string{"LICENSE.txt": "free", "packer": "#!/bin/sh\necho 'Packer v1.16.0'\n"} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// findPacker is scripts/build's way to a packer, on a host without one. One that would be
// built is a line in its place.
const findPacker = `
source scripts/lib/common.sh
source scripts/lib/packer.sh
packer_sums=$SUMS
command() { [ "$*" != "-v packer" ] && builtin command "$@"; }
build_packer() { mkdir -p "$(dirname "$1")" && echo "built for $2" >"$1"; say "Building"; }
find_packer
cat "$packer"
`

// TestPackerRelease: scripts/build takes the release if it is what it must be, and says
// which packer it has.
func TestPackerRelease(t *testing.T) {
	for _, tool := range []string{"bash", "curl", "bsdtar"} {
		tooltest.Need(t, tool)
	}
	name := fmt.Sprintf("packer_1.16.0_%s_%s.zip", runtime.GOOS, runtime.GOARCH)
	release := packerZip(t)
	sum := fmt.Sprintf("%x  %s\n", sha256.Sum256(release), name)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/releases/1.16.0/" + name:
			_, _ = w.Write(release)
		case "/altered/1.16.0/" + name:
			_, _ = w.Write(append(bytes.Clone(release), 0))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, test := range []struct{ name, url, sums, packer, says string }{
		{"the release", server.URL + "/releases", sum, "echo 'Packer v1.16.0'", "Fetched packer v1.16.0, HashiCorp's release"},
		{"another file", server.URL + "/altered", sum, "built for " + runtime.GOOS, "Packer's release is refused: "},
		{"no file", server.URL + "/none", sum, "built for " + runtime.GOOS, "could not be fetched: "},
		{"no network", "http://127.0.0.1:1", sum, "built for " + runtime.GOOS, "could not be fetched: "},
		{"no checksum", server.URL + "/releases", "", "built for " + runtime.GOOS, "There is no checksum of " + name},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			sums := filepath.Join(dir, "sums")
			if err := os.WriteFile(sums, []byte(test.sums), 0o644); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "bash", "-c", findPacker)
			cmd.Dir = "../.."
			cmd.Env = append(os.Environ(), "SUMS="+sums, "SCRATCHMACHINE_CACHE="+dir, "SCRATCHMACHINE_PACKER_RELEASES="+test.url)
			var said strings.Builder
			cmd.Stderr = &said
			packer, err := cmd.Output()
			if err != nil || !strings.Contains(string(packer), test.packer) || !strings.Contains(said.String(), test.says) {
				t.Errorf("%v: %s%s", err, said.String(), packer)
			}
			// Nothing else is left of it.
			if left, _ := filepath.Glob(filepath.Join(dir, "packer-*", "*")); len(left) != 1 {
				t.Errorf("left %q", left)
			}
		})
	}
}

// TestPackerSums: there is a checksum for each host that packer is released for and we
// are built on.
func TestPackerSums(t *testing.T) {
	sums, err := os.ReadFile("../../scripts/lib/packer.sha256")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../../scripts/lib/packer.sh")
	if err != nil {
		t.Fatal(err)
	}
	_, version, _ := strings.Cut(string(script), "packer_built=v")
	version, _, _ = strings.Cut(version, "\n")
	for _, host := range []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"} {
		if !strings.Contains(string(sums), "  packer_"+version+"_"+host+".zip\n") {
			t.Errorf("none of packer %s for %s", version, host)
		}
	}
}
