package deb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

func inUsr(path string) bool { return strings.HasPrefix(path, "usr/") }

// TestExtract reads what dpkg-deb writes, with each of its compressions.
func TestExtract(t *testing.T) {
	dpkg := tooltest.Need(t, "dpkg-deb")
	dir := t.TempDir()
	content := strings.Repeat("content ", 10_000)
	for name, text := range map[string]string{
		"DEBIAN/control": "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n",
		"usr/lib/x":      content, "usr/y": "", "boot/z": "not wanted",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("x", filepath.Join(dir, "usr/lib/link")); err != nil {
		t.Fatal(err)
	}
	for _, compression := range []string{"none", "gzip", "xz", "zstd"} {
		file := filepath.Join(t.TempDir(), "x.deb")
		if out, err := exec.Command(dpkg, "-z1", "-Z"+compression, "--build", dir, file).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", compression, err, out)
		}
		deb, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		files, err := Extract(bytes.NewReader(deb), inUsr)
		if diff := cmp.Diff(map[string][]byte{"usr/lib/x": []byte(content), "usr/y": {}}, files); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", compression, err, diff)
		}
		if files, err := Extract(bytes.NewReader(deb[:len(deb)-100]), inUsr); err == nil && len(files) == 2 && compression != "none" {
			t.Errorf("%s: a package that is cut off was read", compression)
		}
	}
}

// arOf is an archive of one member (ar(5)).
func arOf(name string, content []byte) []byte {
	return fmt.Appendf(nil, "!<arch>\n%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", name, 0, 0, 0, 0o100644, len(content), content)
}

func TestExtractRefuses(t *testing.T) {
	var huge bytes.Buffer
	if err := tar.NewWriter(&huge).WriteHeader(&tar.Header{Name: "usr/x", Mode: 0o644, Size: maxFile + 1}); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		deb  []byte
		want string
	}{
		"nothing":             {nil, "this is no package of Debian's"},
		"only its magic":      {arOf("", nil)[:8], "the package has no data.tar"},
		"half a header":       {arOf("data.tar", nil)[:40], "reading the package: unexpected EOF"},
		"no size":             {bytes.Replace(arOf("data.tar", nil), []byte("100644"), []byte("100644  x"), 1), "is no header of a member"},
		"a negative size":     {fmt.Appendf(nil, "!<arch>\n%-48s-1        `\n", "data.tar"), "is no header of a member"},
		"a member cut off":    {arOf("control.tar", []byte("x"))[:68], "reading the package's control.tar: unexpected EOF"},
		"no data":             {arOf("control.tar", nil), "the package has no data.tar"},
		"unknown compression": {arOf("data.tar.lz4", []byte("x")), "decompressing data.tar.lz4: the compression is unknown"},
		"no gzip":             {arOf("data.tar.gz", []byte("x")), "decompressing data.tar.gz"},
		"a large file":        {arOf("data.tar", huge.Bytes()), "usr/x has 536870913 bytes, more than the 512 MiB that are allowed"},
		"damaged":             {arOf("data.tar", []byte(strings.Repeat("x", 600))), "reading data.tar"},
		"cut off":             {arOf("data.tar", make([]byte, 600))[:300], "reading data.tar: unexpected EOF"},
	}
	for name, test := range tests {
		if _, err := Extract(bytes.NewReader(test.deb), inUsr); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func FuzzExtract(f *testing.F) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "./usr/x", Mode: 0o644, Size: 1}); err != nil {
		f.Fatal(err)
	}
	_, _ = io.WriteString(w, "x")
	_, _ = w.Close(), z.Close()
	f.Add(arOf("data.tar.gz", packed.Bytes()))
	f.Add(arOf("data.tar.xz", []byte("\xfd7zXZ\x00\x00\x04")))
	f.Add(arOf("debian-binary", []byte("2.0\n")))
	f.Fuzz(func(t *testing.T, deb []byte) {
		files, err := Extract(bytes.NewReader(deb), inUsr)
		for name := range files {
			if err != nil || !inUsr(name) {
				t.Errorf("%q came with the error %v", name, err)
			}
		}
	})
}
