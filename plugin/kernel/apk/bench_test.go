package apk_test

import (
	"bytes"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
)

// benchmarkPackage is like linux-virt: 40 MB of what has been compressed
// already and can be but a little more, and a tenth as much text.
func benchmarkPackage() []byte {
	compressed, random := make([]byte, 40<<20), rand.New(rand.NewSource(1))
	for i := range compressed {
		compressed[i] = byte(random.Intn(250))
	}
	text := bytes.Repeat([]byte("ffffffff81000000 T startup_64\nffffffff81000040 T secondary_startup_64\n"), 60_000)
	return apktest.Package{Name: "linux-virt", Version: "1-r0", Arch: "x86_64", Files: []apktest.File{
		{Path: "boot/vmlinuz-virt", Content: compressed[:12<<20]},
		{Path: "boot/System.map", Content: text},
		{Path: "lib/modules/all.ko.gz", Content: compressed[12<<20:]},
	}}.Build(ownKey())
}

// BenchmarkVerify is what it takes to verify a package and extract all of it.
func BenchmarkVerify(b *testing.B) {
	file, keys := benchmarkPackage(), trust(b, ownKey())
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		p, err := apk.ReadPackage(file, keys)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Extract(all); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSHA256AndGzip is what the usual programs take to hash the same file
// and to unpack it to nowhere.
func BenchmarkSHA256AndGzip(b *testing.B) {
	hash, unpack := tooltest.Need(b, "sha256sum"), tooltest.Need(b, "gzip")
	content := benchmarkPackage()
	path := filepath.Join(b.TempDir(), "linux-virt.apk")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		for _, command := range []*exec.Cmd{exec.Command(hash, path), exec.Command(unpack, "-t", "-S", ".apk", path)} {
			if out, err := command.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
		}
	}
}
