package e2e

import (
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestSMBIOS: one image, and a machine of it that was told more by its
// hypervisor. (QEMU wants a comma in a value twice.)
func TestSMBIOS(t *testing.T) {
	iso := buildWith(t, "direct", "gokrazy", "package = \""+testdata(t, "plain")+"\"\n")
	layer := `machine:{"hostname":"web","program":{"env":["GREETING=from SMBIOS"],"args":["-x"]}}`
	v := vmtest.Boot(t, vm.Options{CDROM: iso, Extra: []string{"-smbios", "type=11,value=" + strings.ReplaceAll(layer, ",", ",,")}})
	if body := vmtest.Get(t, v, "/"); !strings.Contains(body, `args ["-x"], GREETING=from SMBIOS`) {
		t.Errorf("got %q", body)
	}
}
