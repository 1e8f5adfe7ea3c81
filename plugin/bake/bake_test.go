package bake

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

// authority is a certificate, in PEM.
func authority(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
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
	if len(made.Outputs) != 3 {
		t.Fatalf("it made %v", made.Outputs)
	}
	iso, err := os.ReadFile(made.Outputs[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range made.Outputs[1:] {
		if part, err := os.ReadFile(out.Path); err != nil || len(part) == 0 || !bytes.Contains(iso, part) {
			t.Errorf("%s (%d bytes) is not what the ISO image holds: %v", out.Path, len(part), err)
		}
	}
	if made.CommandLine != image.DefaultCommandLine {
		t.Errorf("the command line is %v", made.CommandLine)
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
	if kernel, err := os.ReadFile(made.Outputs[0].Path); err != nil || !bytes.Equal(kernel, image) {
		t.Errorf("the kernel has %d bytes, %v", len(kernel), err)
	}
	if line := made.CommandLine; !strings.Contains(line, "console=ttyAMA0") {
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
		{"output is a folder", func(_ *testing.T, b *bench) { b.options["output_iso"] = b.dir }, "is a folder, not a file: choose a file name"},
		{"output below a file", func(_ *testing.T, b *bench) { b.options["output_iso"] = b.files[0] + "/x.iso" }, "is not a folder: choose another name"},
		{"long command line", func(_ *testing.T, b *bench) { b.options["command_line"] = strings.Repeat("x", 3000) }, "characters too long"},
		{"log over TLS without it", func(t *testing.T, b *bench) {
			elf, err := stock.Init(t.Context(), "amd64") // which calls machine.Run
			if err != nil {
				t.Fatal(err)
			}
			b.options["program"] = b.put(t, "app", elf)
			b.options["log"] = map[string]any{"server": "tls://10.0.2.2", "ca_file": b.put(t, "ca.pem", []byte(authority(t)))}
		}, "has no TLS for a server tls://HOST:PORT: call machine.Run(..., machine.WithLogTLS(logtls.Dial))"},
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
