package kernel

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/pkg/errors"
	"github.com/ulikunitz/xz"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

const testRelease = "6.12.94-0-virt"

func compress(t *testing.T, content []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }
func xzipped(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }
func zstded(w io.Writer) (io.WriteCloser, error)  { return zstd.NewWriter(w) }

func TestNewReadsModulesOfEveryCompression(t *testing.T) {
	plain := kerneltest.Module{Name: "e1000", Release: testRelease}.ELF()
	tests := map[string][]byte{
		"e1000.ko":     plain,
		"e1000.ko.gz":  compress(t, plain, gzipped),
		"e1000.ko.xz":  compress(t, plain, xzipped),
		"e1000.ko.zst": compress(t, plain, zstded),
		"misnamed":     compress(t, plain, gzipped),
	}
	image := kerneltest.BzImage(testRelease)
	for name, content := range tests {
		t.Run(name, func(t *testing.T) {
			k, err := New(File{"vmlinuz", image}, []File{{name, content}})
			if err != nil {
				t.Fatal(err)
			}
			if k.Release != testRelease || k.Arch != "amd64" || !bytes.Equal(k.Image, image) {
				t.Errorf("got release %q, arch %q, %d bytes", k.Release, k.Arch, len(k.Image))
			}
			if m := k.Modules[0]; m.Name != "e1000" || !bytes.Equal(m.Image, plain) {
				t.Errorf("got module %q, %d bytes", m.Name, len(m.Image))
			}
		})
	}
}

func TestNewWithoutModules(t *testing.T) {
	k, err := New(File{"vmlinuz", kerneltest.BzImage(testRelease)}, nil)
	if err != nil || len(k.Modules) != 0 {
		t.Fatalf("got %v, %v", k.Modules, err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := kerneltest.BzImage(testRelease)
	zImage := bytes.Clone(good)
	zImage[offLoadFlags] = 0
	bits32 := bytes.Clone(good)
	bits32[offXLoadFlags] = 0
	nameless := bytes.Clone(good)
	nameless[offKernelVersion], nameless[offKernelVersion+1] = 0, 0
	outside := bytes.Clone(good)
	outside[offKernelVersion], outside[offKernelVersion+1] = 0xff, 0xff
	arm64 := make([]byte, 64)
	copy(arm64[56:], "ARMd")

	module := kerneltest.Module{Name: "e1000", Release: testRelease}
	foreign := module
	foreign.Release = "6.12.95-0-virt"
	arm := module
	arm.Machine = elf.EM_AARCH64
	riscv := module
	riscv.Machine = elf.EM_RISCV
	compressed := module.ELF() // says its .modinfo, to whatever size
	compressed[binary.LittleEndian.Uint64(compressed[40:])+2*64+9] |= byte(elf.SHF_COMPRESSED >> 8)
	unversioned := bytes.ReplaceAll(module.ELF(), []byte("vermagic"), []byte("unknowns"))

	tests := []struct {
		name    string
		kernel  []byte
		modules []File
		want    string
	}{
		{"empty kernel", nil, nil, "reading the kernel vmlinuz: this is neither a bzImage nor an arm64 Image but an empty file"},
		{"text", []byte(strings.Repeat("hello ", 500)), nil, "neither a bzImage nor an arm64 Image but something unknown"},
		{"vmlinux", []byte("\x7fELF rest"), nil, "an uncompressed vmlinux"},
		{"arm64 without a version", arm64, nil, "no version string"},
		{"gzip", []byte("\x1f\x8b\x08"), nil, "gzip data"},
		{"zImage", zImage, nil, "neither a bzImage nor an arm64 Image"},
		{"32-bit", bits32, nil, "32-bit kernel"},
		{"no version", nameless, nil, "no version string"},
		{"version outside", outside, nil, "no version string"},
		{"other release", good, []File{{"e1000.ko", foreign.ELF()}},
			"the module e1000.ko does not fit the kernel vmlinuz: the module is for release 6.12.95-0-virt, the kernel is 6.12.94-0-virt"},
		{"other arch", good, []File{{"e1000.ko", arm.ELF()}}, "the module is for arm64, the kernel for amd64"},
		{"unknown arch", good, []File{{"e1000.ko", riscv.ELF()}}, "EM_RISCV, which is not supported"},
		{"unknown compression", good, []File{{"e1000.ko.lz4", []byte("\x04\x22\x4d\x18rest")}},
			"reading the module e1000.ko.lz4: this is neither an ELF file nor one compressed with gzip, xz or zstd"},
		{"broken gzip", good, []File{{"e1000.ko.gz", compress(t, module.ELF(), gzipped)[:50]}},
			"reading the module e1000.ko.gz: reading gzip: unexpected EOF"},
		{"no modinfo", good, []File{{"e1000.ko", bytes.ReplaceAll(module.ELF(), []byte(".modinfo"), []byte(".nothing"))}},
			"not a kernel module"},
		{"a compressed section", good, []File{{"e1000.ko", compressed}}, "its section .modinfo is compressed"},
		{"no vermagic", good, []File{{"e1000.ko", unversioned}}, "names no vermagic"},
		{"missing dependency", good, []File{{"virtio_net.ko", kerneltest.Module{
			Name: "virtio_net", Release: testRelease, Depends: []string{"failover"}}.ELF()}},
			"the module virtio_net needs the module failover: give failover.ko too"},
		{"twice", good, []File{{"a/e1000.ko", module.ELF()}, {"b/e1000.ko", module.ELF()}}, "e1000 is given twice"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(File{"vmlinuz", test.kernel}, test.modules)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestErrorTypes(t *testing.T) {
	_, err := New(File{"vmlinuz", []byte("no")}, nil)
	var notKernel *NotKernelError
	if !errors.As(err, &notKernel) {
		t.Errorf("got %T", err)
	}
	_, err = New(File{"vmlinuz", kerneltest.BzImage("6.1.0")},
		[]File{{"a.ko", kerneltest.Module{Name: "a", Release: "6.2.0"}.ELF()}})
	var release *ReleaseError
	if !errors.As(err, &release) || release.Module != "6.2.0" || release.Kernel != "6.1.0" {
		t.Errorf("got %v", err)
	}
}

func TestLoadOrder(t *testing.T) {
	module := func(name string, depends ...string) Module { return Module{Name: name, Depends: depends} }
	tests := []struct {
		name    string
		modules []Module
		want    []string
		err     string
	}{
		{"as given", []Module{module("b"), module("a")}, []string{"b", "a"}, ""},
		{"dependency after", []Module{module("virtio_net", "failover", "net_failover"), module("net_failover", "failover"), module("failover")},
			[]string{"failover", "net_failover", "virtio_net"}, ""},
		{"circle", []Module{module("a", "b"), module("b", "a")}, nil, "a needs b needs a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sorted, err := LoadOrder(test.modules)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got %v, want %q", err, test.err)
				}
				return
			}
			var names []string
			for _, m := range sorted {
				names = append(names, m.Name)
			}
			if diff := cmp.Diff(test.want, names); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

func TestModuleName(t *testing.T) {
	for file, want := range map[string]string{
		"e1000.ko":                          "e1000",
		"/lib/modules/6.1/virtio-rng.ko.xz": "virtio_rng",
		`C:\kernel\net-failover.ko`:         "net_failover",
		"relative/dir/af_packet.ko.gz":      "af_packet",
		"no-ending":                         "no_ending",
	} {
		if got := ModuleName(file); got != want {
			t.Errorf("%s: got %s, want %s", file, got, want)
		}
	}
}

func FuzzParseModule(f *testing.F) {
	f.Add(kerneltest.Module{Name: "e1000", Release: testRelease}.ELF())
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if m, err := ParseModule(File{"x.ko", content}); err == nil && (m.Name == "" || m.Vermagic == "") {
			t.Error("a module without name or vermagic was accepted")
		}
	})
}

// What is read of a module's section is in it, and names are as the kernel has them.
func FuzzParseModinfo(f *testing.F) {
	f.Add([]byte("license=GPL\x00depends=failover,net-failover\x00softdep=pre: a-b post: c\x00vermagic=6.1 SMP \x00"))
	f.Add([]byte("depends=,,\x00name=\x00=\x00softdep=pre:"))
	f.Fuzz(func(t *testing.T, section []byte) {
		m := parseModinfo(section)
		for _, name := range append(append(m.Depends, m.Softdeps...), m.Name) {
			if strings.ContainsAny(name, "-,\x00") {
				t.Errorf("%q is no module's name", name)
			}
		}
		if !bytes.Contains(section, []byte(m.Vermagic)) {
			t.Errorf("the vermagic %q is not in it", m.Vermagic)
		}
	})
}
