package postprocessor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

const release = "6.12.94-0-virt"

// bench is a folder with everything for a bake: a kernel, a module and a
// loader that pass for such, and the real demonstration.
type bench struct {
	dir     string
	options map[string]any
	files   []string // of the input artifact
	data    any      // its generated data
}

func newBench(t *testing.T) *bench {
	t.Helper()
	if _, err := stock.Demo("amd64"); err != nil {
		tooltest.Missing(t, "%v", err)
	}
	b := &bench{dir: t.TempDir()}
	bin := make([]byte, 4096)
	copy(bin[64:], "\xfb\xc0\x78\x70")
	module := make([]byte, 52)
	copy(module, "\x7fELF\x01\x01\x01")
	module[16], module[18], module[20], module[40] = 3, 3, 1, 52
	b.put(t, "isolinux.bin", bin)
	b.put(t, "ldlinux.c32", module)
	b.put(t, "isohdpfx.bin", make([]byte, 432))
	b.options = map[string]any{
		"packer_build_name": "alpine",
		"bootloader":        "isolinux",
		"isolinux_dir":      b.dir,
		"output_iso":        filepath.Join(b.dir, "out", "m.iso"),
		"output_box":        filepath.Join(b.dir, "out", "m.box"),
	}
	b.files = []string{
		b.put(t, "vmlinuz", kerneltest.BzImage(release)),
		b.put(t, "e1000.ko", kerneltest.Module{Name: "e1000", Release: release}.ELF()),
	}
	return b
}

func (b *bench) put(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// run configures and runs the post-processor and returns what it said.
func (b *bench) run(ctx context.Context, t *testing.T) (packersdk.Artifact, string, error) {
	t.Helper()
	var p PostProcessor
	if err := p.Configure(b.options); err != nil {
		return nil, "", err
	}
	var said bytes.Buffer
	ui := &packersdk.BasicUi{Reader: &said, Writer: &said, ErrorWriter: &said, PB: &packersdk.NoopProgressTracker{}}
	source := &packersdk.MockArtifact{FilesValue: b.files, StateValues: map[string]any{generatedData: b.data}}
	made, keep, force, err := p.PostProcess(ctx, ui, source)
	if !keep || !force {
		t.Error("the input artifact may be deleted")
	}
	for _, path := range b.files {
		if _, statErr := os.Stat(path); statErr != nil && err == nil {
			t.Errorf("an input is gone: %v", statErr)
		}
	}
	return made, said.String(), err
}

func TestPostProcess(t *testing.T) {
	b := newBench(t)
	b.data = map[any]any{"SourceImage": "alpine-3.24", "BoxPath": "not this one"}
	made, said, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	iso, box := b.options["output_iso"].(string), b.options["output_box"].(string)
	if made.BuilderId() != "mitchellh.post-processor.vagrant" || made.Id() != "virtualbox" ||
		!slices.Equal(made.Files(), []string{box, iso}) {
		t.Errorf("artifact %s, %s, %v", made.BuilderId(), made.Id(), made.Files())
	}
	data := made.State(generatedData).(map[any]any)
	if data["SourceImage"] != "alpine-3.24" || data["BoxPath"] != box || data["KernelRelease"] != release ||
		len(fmt.Sprint(data["BoxSHA256"])) != 64 || len(fmt.Sprint(data["ISOSHA256"])) != 64 {
		t.Errorf("generated data %v", data)
	}
	for _, want := range []string{"Kernel " + release, "Module e1000", "Program the demonstration", "Wrote " + iso,
		"The image boots by BIOS, not by UEFI: the kernel has no EFI stub"} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	first, err := os.ReadFile(box)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Destroy(); err != nil || left(t, filepath.Join(b.dir, "out")) != "" {
		t.Errorf("after Destroy: %v, %s", err, left(t, filepath.Join(b.dir, "out")))
	}
	if _, _, err := b.run(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(box); err != nil || !bytes.Equal(first, second) {
		t.Error("two bakes of the same inputs differ")
	}
}

// TestSaysNothingOfFirmware: where UEFI can start the image, or there is none.
func TestSaysNothingOfFirmware(t *testing.T) {
	both, none := newBench(t), newBench(t)
	both.put(t, "vmlinuz", kerneltest.EFIBzImage(release, 1))
	delete(none.options, "output_iso")
	delete(none.options, "output_box")
	none.options["output_kernel"] = filepath.Join(none.dir, "kernel")
	for _, b := range []*bench{both, none} {
		if _, said, err := b.run(t.Context(), t); err != nil || strings.Contains(said, "UEFI") {
			t.Errorf("%v; it said:\n%s", err, said)
		}
	}
}

func TestOnlyAnISO(t *testing.T) {
	b := newBench(t)
	delete(b.options, "output_box")
	b.options["output_iso"] = filepath.Join(b.dir, "{{ .BuildName }}-{{ .Architecture }}-{{ .KernelRelease }}.iso")
	made, _, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(b.dir, "alpine-amd64-"+release+".iso")
	if made.BuilderId() != boxlessBuilderID || made.Id() != want || !slices.Equal(made.Files(), []string{want}) {
		t.Errorf("artifact %s, %s, %v", made.BuilderId(), made.Id(), made.Files())
	}
}

// TestSeveralBoxes: from one bake, each in the catalog, the first for the
// registry.
func TestSeveralBoxes(t *testing.T) {
	b := newBench(t)
	out := filepath.Join(b.dir, "out")
	b.options["providers"] = []string{"libvirt", "virtualbox"}
	b.options["output_box"] = filepath.Join(out, "{{ .Provider }}.box")
	b.options["output_catalog"] = filepath.Join(out, "hello.json")
	b.options["catalog"] = map[string]any{"name": "acme/hello", "version": "1.0.0",
		"url": "https://example.com/{{ .Architecture }}/{{ .Provider }}.box"}
	made, _, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	boxes := []string{filepath.Join(out, "libvirt.box"), filepath.Join(out, "virtualbox.box")}
	if made.BuilderId() != boxBuilderID || made.Id() != "libvirt" || !slices.Equal(made.Files()[:2], boxes) ||
		made.State(generatedData).(map[any]any)["BoxPath"] != boxes[0] {
		t.Errorf("artifact %s, %s, %v, %v", made.BuilderId(), made.Id(), made.Files(), made.State(generatedData))
	}
	list, err := os.ReadFile(filepath.Join(out, "hello.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, provider := range []string{"libvirt", "virtualbox"} {
		content, err := os.ReadFile(filepath.Join(out, provider+".box"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			fmt.Sprintf(`"name": %q`, provider), "https://example.com/amd64/" + provider + ".box",
			fmt.Sprintf("%x", sha256.Sum256(content)),
		} {
			if !strings.Contains(string(list), want) {
				t.Errorf("the catalog has no %q:\n%s", want, list)
			}
		}
	}
}

// TestKernelAndInitramfs: the parts by themselves are those of the ISO image.
func TestKernelAndInitramfs(t *testing.T) {
	b := newBench(t)
	delete(b.options, "output_box")
	for option, name := range map[string]string{"output_kernel": "vmlinuz", "output_initramfs": "initramfs"} {
		b.options[option] = filepath.Join(b.dir, "out", name)
	}
	made, _, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	files := made.Files()
	if made.BuilderId() != boxlessBuilderID || len(files) != 3 {
		t.Fatalf("artifact %s, %v", made.BuilderId(), files)
	}
	iso, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files[1:] {
		if part, err := os.ReadFile(path); err != nil || len(part) == 0 || !bytes.Contains(iso, part) {
			t.Errorf("%s (%d bytes) is not what the ISO image holds: %v", path, len(part), err)
		}
	}
	if line := made.State(generatedData).(map[any]any)["CommandLine"]; line != image.DefaultCommandLine {
		t.Errorf("the command line is %v", line)
	}
}

// TestArm64: a kernel and an initramfs, with the demonstration for that machine.
func TestArm64(t *testing.T) {
	b := newBench(t)
	image := kerneltest.ARM64Image(release)
	b.files = []string{b.put(t, "Image", image)}
	b.options["ssh"] = map[string]any{"enabled": true}
	b.options["output_ova"], b.options["ova_for"] = filepath.Join(b.dir, "m.ova"), []string{"vmware"}
	for _, step := range []struct{ drop, want string }{
		{"ssh", "ssh: VirtualBox has no way to hand a machine of arm64 the key that Vagrant makes for it"},
		{"output_ova", "ova_for: VMware's appliances are for PCs, the kernel for arm64"},
		{"bootloader", `bootloader = "isolinux" is for PCs, the kernel for arm64`},
		{"output_box", "boot by UEFI: ask for output_kernel and output_initramfs, or take another kernel: the kernel has no EFI stub"},
	} {
		if _, _, err := b.run(t.Context(), t); err == nil || !strings.Contains(err.Error(), step.want) {
			t.Errorf("with %s: got %v, want %q", step.drop, err, step.want)
		}
		delete(b.options, step.drop)
		delete(b.options, "isolinux_dir")
		if step.drop == "output_ova" {
			delete(b.options, "ova_for")
		}
	}
	delete(b.options, "output_iso")
	b.options["output_kernel"] = filepath.Join(b.dir, "out", "vmlinuz")
	b.options["output_initramfs"] = filepath.Join(b.dir, "out", "initramfs")
	made, said, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said, "Kernel "+release+" (arm64)") {
		t.Errorf("it said:\n%s", said)
	}
	if kernel, err := os.ReadFile(made.Files()[0]); err != nil || !bytes.Equal(kernel, image) {
		t.Errorf("the kernel has %d bytes, %v", len(kernel), err)
	}
	if line := fmt.Sprint(made.State(generatedData).(map[any]any)["CommandLine"]); !strings.Contains(line, "console=ttyAMA0") {
		t.Errorf("the command line is %s", line)
	}
}

func TestOptionsTakeThePlaceOfTheArtifact(t *testing.T) {
	b := newBench(t)
	b.options["kernel"] = b.put(t, "other", kerneltest.BzImage("6.1.0"))
	b.options["modules"] = []string{b.put(t, "b.ko", kerneltest.Module{Name: "b", Release: "6.1.0"}.ELF())}
	_, said, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Kernel 6.1.0 ", "Module b\n", "Not used: " + b.files[0], "Not used: " + b.files[1]} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
}

func TestLoaderFromTheArtifact(t *testing.T) {
	b := newBench(t)
	delete(b.options, "isolinux_dir")
	for _, name := range isolinuxFiles {
		b.files = append(b.files, filepath.Join(b.dir, name))
	}
	if _, said, err := b.run(t.Context(), t); err != nil || !strings.Contains(said, "ISOLINUX from "+b.dir) {
		t.Errorf("%v: %s", err, said)
	}
}

// TestBadInput: one clear error each, and nothing is left of the outputs.
func TestBadInput(t *testing.T) {
	foreign := kerneltest.Module{Name: "e1000", Release: "6.12.95-0-virt"}.ELF()
	tests := []struct {
		name   string
		change func(*testing.T, *bench)
		want   string
	}{
		{"no files", func(_ *testing.T, b *bench) { b.files = []string{} }, "the input artifact has no files, so no kernel: list a vmlinuz in artifice's files"},
		{"no kernel", func(_ *testing.T, b *bench) { b.files = b.files[1:] }, "has no kernel, only"},
		{"two kernels", func(t *testing.T, b *bench) {
			b.files = append(b.files, b.put(t, "vmlinuz2", kerneltest.BzImage(release)))
		}, "has 2 kernels"},
		{"no bzImage", func(t *testing.T, b *bench) { b.put(t, "vmlinuz", []byte("\x1f\x8bgzip")) }, "vmlinuz: this is neither a bzImage nor an arm64 Image but gzip data"},
		{"no bzImage by option", func(t *testing.T, b *bench) { b.options["kernel"] = b.put(t, "k", []byte("text")) }, "reading the kernel"},
		{"no such kernel", func(_ *testing.T, b *bench) { b.options["kernel"] = "/nowhere/vmlinuz" }, "kernel: /nowhere/vmlinuz: "},
		{"no such module", func(_ *testing.T, b *bench) { b.options["modules"] = []string{"/nowhere/x.ko"} }, "modules: /nowhere/x.ko: "},
		{"vanished file", func(_ *testing.T, b *bench) { b.files = append(b.files, "/nowhere/file") }, "the input artifact's files: /nowhere/file: "},
		{"module of another kernel", func(t *testing.T, b *bench) { b.put(t, "e1000.ko", foreign) }, "the module is for release 6.12.95-0-virt, the kernel is " + release},
		{"module in lz4", func(t *testing.T, b *bench) { b.put(t, "e1000.ko", []byte("\x04\x22\x4d\x18")) }, "neither an ELF file nor one compressed with"},
		{"program is a script", func(t *testing.T, b *bench) { b.options["program"] = b.put(t, "run.sh", []byte("#!/bin/sh")) }, "run.sh cannot run in the machine: this is a script"},
		{"no such program", func(_ *testing.T, b *bench) { b.options["program"] = "/nowhere/app" }, "program: /nowhere/app: "},
		{"package is a library", func(t *testing.T, b *bench) {
			tooltest.Need(t, "go")
			b.options["package"] = "../kernel"
		}, "lacks a main"},
		{"unknown variable", func(_ *testing.T, b *bench) { b.options["output_iso"] = b.dir + "/out/{{ .Bild }}.iso" }, "has a variable that does not exist"},
		{"output is a folder", func(_ *testing.T, b *bench) { b.options["output_iso"] = b.dir }, "is a folder, not a file: choose a file name"},
		{"output below a file", func(_ *testing.T, b *bench) { b.options["output_iso"] = b.files[0] + "/x.iso" }, "is not a folder: choose another name"},
		{"long command line", func(_ *testing.T, b *bench) { b.options["command_line"] = strings.Repeat("x", 3000) }, "characters too long"},
		{"log over TLS without it", func(t *testing.T, b *bench) {
			b.options["log"] = map[string]any{"server": "tls://10.0.2.2", "ca_file": b.put(t, "ca.pem", []byte(authority(t)))}
		}, "the stock init has no TLS"},
		{"bad date", func(t *testing.T, _ *bench) { t.Setenv("SOURCE_DATE_EPOCH", "today") }, "SOURCE_DATE_EPOCH must be a number"},
		{"no loader", func(_ *testing.T, b *bench) { b.options["isolinux_dir"] = "/nowhere" }, "ISOLINUX from /nowhere"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			test.change(t, b)
			_, _, err := b.run(t.Context(), t)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			if _, err := os.Stat(filepath.Join(b.dir, "out")); err == nil {
				t.Errorf("left %s", left(t, filepath.Join(b.dir, "out")))
			}
		})
	}
}

// TestFailureKeepsOldOutputs: neither a failed nor a cancelled bake touches
// what an earlier one made.
func TestFailureKeepsOldOutputs(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		want string
	}{
		"cancelled": {cancelled, "context canceled"},
		"failed":    {t.Context(), "box"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			out := filepath.Join(b.dir, "out")
			if err := os.Mkdir(out, 0o755); err != nil {
				t.Fatal(err)
			}
			b.put(t, "out/m.iso", []byte("old"))
			if name == "failed" {
				b.options["output_box"] = filepath.Join(b.dir, "vmlinuz", "m.box")
			}
			_, _, err := b.run(test.ctx, t)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			content, _ := os.ReadFile(filepath.Join(out, "m.iso"))
			if got := left(t, out); got != "m.iso" || string(content) != "old" {
				t.Errorf("left %q, m.iso is %q", got, content)
			}
		})
	}
}
