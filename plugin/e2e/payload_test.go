package e2e

import (
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestKernelPayload: a kernel that was packed anew starts by both loaders.
func TestKernelPayload(t *testing.T) {
	tests := []struct {
		loader, payload string
		vm              func(iso string) vm.Options
	}{
		{"direct", "stored", func(iso string) vm.Options { return vm.Options{CDROM: iso} }},
		{"isolinux", "lz4", func(iso string) vm.Options { return vm.Options{Disk: iso, Bus: "ahci"} }},
	}
	for _, test := range tests {
		t.Run(test.loader+" "+test.payload, func(t *testing.T) {
			iso := buildWith(t, test.loader, "debian", "kernel_payload = \""+test.payload+"\"\n")
			v := vmtest.Boot(t, test.vm(iso))
			if body := vmtest.Get(t, v, "/"); body != greeting {
				t.Errorf("got %q", body)
			}
		})
	}
}
