package kernel

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// TestZboot: a kernel for arm64 is the same kernel in every wrapping.
func TestZboot(t *testing.T) {
	image := kerneltest.ARM64Image(testRelease)
	module := kerneltest.Module{Name: "e1000", Release: testRelease, Machine: elf.EM_AARCH64}.ELF()
	tests := map[string][]byte{
		"plain": image,
		"gzip":  kerneltest.Zboot("gzip", compress(t, image, gzipped)),
		"zstd":  kerneltest.Zboot("zstd", compress(t, image, zstded)),
	}
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			if err := IsImage(content[:min(len(content), 1024)]); err != nil {
				t.Error(err)
			}
			k, err := New(File{"vmlinuz", content}, []File{{"e1000.ko", module}})
			if err != nil || k.Release != testRelease || k.Arch != "arm64" || !bytes.Equal(k.Image, image) || len(k.Modules) != 1 {
				t.Errorf("got %s for %s, %d modules, %d bytes, %v", k.Release, k.Arch, len(k.Modules), len(k.Image), err)
			}
		})
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
		"unknown packing":      {kerneltest.Zboot("lzo", nil), `packed with "lzo": only gzip and zstd are read`},
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
	image = append(append(append(image, ikconfigStart...), packed...), ikconfigEnd...)
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
