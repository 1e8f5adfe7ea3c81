package kernel

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// TestPackedImage: a kernel for arm64 is the same kernel in every wrapping, but lzo.
func TestPackedImage(t *testing.T) {
	image := kerneltest.ARM64Image(testRelease)
	module := kerneltest.Module{Name: "e1000", Release: testRelease, Machine: elf.EM_AARCH64}.ELF()
	same := func(t *testing.T, content []byte) {
		t.Helper()
		if err := IsImage(content[:min(len(content), 1024)]); err != nil {
			t.Error(err)
		}
		k, err := New(File{"vmlinuz", content}, []File{{"e1000.ko", module}})
		if err != nil || k.Release != testRelease || k.Arch != "arm64" || !bytes.Equal(k.Image, image) || len(k.Modules) != 1 {
			t.Errorf("got %s for %s, %d modules, %d bytes, %v", k.Release, k.Arch, len(k.Modules), len(k.Image), err)
		}
	}
	refused := func(t *testing.T, content []byte, want string) {
		t.Helper()
		if _, err := New(File{"vmlinuz", content}, nil); err == nil || err.Error() != "reading the kernel vmlinuz: "+want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	t.Run("plain", func(t *testing.T) { same(t, image) })
	for _, packing := range kerneltest.Packings() {
		// The kernel's build called two of them otherwise before Linux 6.14.
		names := map[string][]string{"zstd": {"zstd", "zstd22"}, "xz": {"xzkern"}}[packing]
		for _, name := range append(names, packing) {
			t.Run(name, func(t *testing.T) {
				packed := kerneltest.Pack(t, packing, image)
				if packing == "lzo" {
					refused(t, packed, "this is neither a bzImage nor an arm64 Image but lzo data: give the vmlinuz of an x86_64 or arm64 kernel, as it lies in /boot")
					refused(t, kerneltest.Zboot(name, packed), "unpacking the EFI zboot image: lzo is not read: it must be gzip, bzip2, lzma, xz, lz4 or zstd")
					return
				}
				same(t, packed)
				same(t, kerneltest.Zboot(name, packed))
			})
		}
	}
}

func TestZbootRefuses(t *testing.T) {
	whole := kerneltest.Zboot("gzip", compress(t, kerneltest.ARM64Image(testRelease), gzipped))
	bigEndian := kerneltest.ARM64Image(testRelease)
	bigEndian[offArm64Flags] = 1
	unversioned := bytes.ReplaceAll(kerneltest.ARM64Image(testRelease), []byte(banner), []byte("Linus version "))
	endless := bytes.ReplaceAll(kerneltest.ARM64Image(testRelease), []byte(testRelease+" "), bytes.Repeat([]byte("6"), 400))
	riscv := bytes.Replace(whole, []byte("PE\x00\x00\x64\xaa"), []byte("PE\x00\x00\x64\x50"), 1)
	noPE := bytes.Clone(whole)
	noPE[offZbootPEHeader+3] = 0xff
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"cut off":              {whole[:len(whole)-1], "the kernel is cut off"},
		"damaged":              {append(bytes.Clone(whole[:len(whole)-12]), make([]byte, 12)...), "unpacking the EFI zboot image"},
		"unknown packing":      {kerneltest.Zboot("gzip", []byte("hello")), `packed in an unknown way: it begins with "hello"`},
		"not packed":           {kerneltest.Zboot("gzip", nil), `packed in an unknown way: it begins with ""`},
		"a cut Image.gz":       {compress(t, append(kerneltest.ARM64Image(testRelease), bytes.Repeat([]byte("no end "), 1000)...), gzipped)[:150], "unpacking the Image: reading gzip: unexpected EOF"},
		"something else in it": {kerneltest.Zboot("gzip", compress(t, []byte("hello"), gzipped)), "holds no arm64 Image but something unknown"},
		"for another machine":  {riscv, "neither a bzImage nor an arm64 Image"},
		"no PE header":         {noPE, "neither a bzImage nor an arm64 Image"},
		"big-endian":           {bigEndian, "a big-endian kernel"},
		"no version":           {unversioned, "no version string"},
		"no end of a version":  {endless, "no version string"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(File{"vmlinuz", test.content}, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestEmbeddedConfigOfArm64: an Image holds it as it is.
func TestEmbeddedConfigOfArm64(t *testing.T) {
	image := kerneltest.ARM64Image(testRelease)
	if config, err := EmbeddedConfig(image); err != nil || config != nil {
		t.Errorf("without one: got %v, %v", config, err)
	}
	packed := compress(t, []byte("CONFIG_64BIT=y\n"), gzipped)
	image = append(append(append(image, ikconfigStart...), packed...), "IKCFG_ED"...)
	if config, err := EmbeddedConfig(image); err != nil || config["64BIT"] != "y" {
		t.Errorf("got %v, %v", config, err)
	}
}

func FuzzParseImage(f *testing.F) {
	f.Add(kerneltest.BzImage(testRelease))
	f.Add(kerneltest.BzImage(testRelease)[:600])
	f.Add(kerneltest.ARM64Image(testRelease))
	f.Add(kerneltest.Zboot("gzip", []byte("\x1f\x8b\x08")))
	f.Add(kerneltest.Zboot("zstd", nil))
	f.Fuzz(func(t *testing.T, image []byte) {
		h, plain, err := ParseImage(image)
		if err != nil {
			return
		}
		again, same, err := ParseImage(plain)
		if h.Release == "" || err != nil || again != h || !bytes.Equal(same, plain) {
			t.Errorf("%+v, then %+v, %v", h, again, err)
		}
	})
}
