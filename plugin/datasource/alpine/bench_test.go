package alpine

import (
	"crypto/sha256"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// realSize is a package as large as linux-virt: 40 MB, 889 modules, of what
// compresses about as well.
func realSize() apktest.Package {
	random := rand.New(rand.NewSource(1))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Intn(250))
		}
		return b
	}
	k := apktest.Kernel{Flavor: "virt", Version: "6.18.54-r0", Arch: "x86_64", Release: release,
		Image: append(kerneltest.BzImage(release), noise(12<<20)...), Config: []byte("CONFIG_64BIT=y\n"), Modules: map[string][]byte{}}
	module := func(name string) {
		k.Modules["kernel/"+name+".ko"] = append(kerneltest.Module{Name: name, Release: release}.ELF(), noise(30<<10)...)
	}
	all, _ := kernel.Profile("all")
	for _, name := range append(all.Required, all.Optional...) {
		module(name)
	}
	for i := 0; len(k.Modules) < 889; i++ {
		module(fmt.Sprintf("other%d", i))
	}
	return k.Package()
}

// BenchmarkWarm is the data source with everything in its cache. What it takes
// besides the hashing of what is there is reported too.
func BenchmarkWarm(b *testing.B) {
	bench := newBench(b)
	index := apktest.Repository{Branch: "latest-stable", Arch: "x86_64", Key: bench.key, Packages: []apktest.Package{realSize(), bench.loader}}
	bench.mirror = index.Mirror()
	bench.serve(b)
	bench.options["profile"] = "all"
	if _, err := bench.get(b); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := bench.get(b); err != nil {
			b.Fatal(err)
		}
	}
	entries, err := filepath.Glob(filepath.Join(bench.options["cache_dir"].(string), "sha256", "*"))
	if err != nil || len(entries) != 3 {
		b.Fatal(entries, err)
	}
	start := time.Now()
	for _, entry := range entries {
		content, err := os.ReadFile(entry)
		if err != nil {
			b.Fatal(err)
		}
		sha256.Sum256(content)
	}
	hashing := time.Since(start)
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)-hashing.Seconds(), "s-beyond-hashing/op")
}
