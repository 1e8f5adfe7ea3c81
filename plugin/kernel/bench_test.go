package kernel

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// BenchmarkResolveAll takes the drivers of every hypervisor out of a tree of
// 889 modules, as many as Alpine's linux-virt has, of 100 kB each.
func BenchmarkResolveAll(b *testing.B) {
	noise := make([]byte, 100<<10)
	rand.New(rand.NewSource(1)).Read(noise)
	files := map[string][]byte{"boot/vmlinuz-virt": kerneltest.BzImage(testRelease)}
	add := func(name string) {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(append(kerneltest.Module{Name: name, Release: testRelease}.ELF(), noise...))
		_ = z.Close()
		files["lib/modules/"+testRelease+"/kernel/"+name+".ko.gz"] = packed.Bytes()
	}
	all, err := Profile("all")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range append(all.Required, all.Optional...) {
		add(name)
	}
	for i := 0; len(files) < 890; i++ {
		add(fmt.Sprintf("other%d", i))
	}
	tree := InMemory(files)
	for b.Loop() {
		if _, err := tree.Kernel(all); err != nil {
			b.Fatal(err)
		}
	}
}
