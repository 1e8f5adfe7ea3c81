package bake

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// TestKernelPayloadRefused: a kernel that cannot be packed anew ends the build.
func TestKernelPayloadRefused(t *testing.T) {
	for name, test := range map[string]struct {
		kernel []byte
		want   string
	}{
		"no payload": {kerneltest.BzImage(release), `kernel_payload = "lz4": this kernel must stay as it is: `},
		"arm64":      {kerneltest.ARM64Image(release), `kernel_payload = "lz4" is for amd64: a kernel for arm64 does not unpack itself`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.files = []string{b.put(t, "vmlinuz", test.kernel)}
			b.options["kernel_payload"] = "lz4"
			delete(b.options, "output_iso")
			delete(b.options, "output_box")
			b.options["output_kernel"] = filepath.Join(b.dir, "kernel")
			if _, _, err := b.run(t.Context(), t); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestSayFirmware: who asked for another payload is not told to look for an EFI
// stub in the kernel.
func TestSayFirmware(t *testing.T) {
	for payload, want := range map[string]string{
		payloadOriginal: "not by UEFI: the kernel has no EFI stub (CONFIG_EFI_STUB)",
		payloadLZ4:      `not by UEFI: kernel_payload = "lz4" packs the kernel anew, without its EFI stub`,
		payloadStored:   `not by UEFI: kernel_payload = "stored" packs the kernel anew, without its EFI stub`,
	} {
		var said said
		c := Options{KernelPayload: payload}
		c.sayFirmware(&said, image.Machine{}, results{iso: &output.File{}})
		if !strings.Contains(said.String(), want) {
			t.Errorf("it said %q, want %q", said.String(), want)
		}
	}
}
