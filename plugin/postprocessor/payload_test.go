package postprocessor

import (
	"path/filepath"
	"strings"
	"testing"

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
