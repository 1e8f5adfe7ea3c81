package apktest_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
)

// The three members are one archive to a reader that knows nothing of apk.
func TestPackageIsOneArchive(t *testing.T) {
	bsdtar := tooltest.Need(t, "bsdtar")
	key := apktest.NewKey("builder@example.com-1.rsa.pub")
	file := apktest.Kernel{
		Flavor: "virt", Version: "6.18.54-r0", Arch: "x86_64", Release: "6.18.54-0-virt", Image: []byte("x"),
		Modules: map[string][]byte{"kernel/net/packet/af_packet.ko": []byte("y")},
	}.Package().Build(key)
	command := exec.Command(bsdtar, "-tf", "-")
	command.Stdin = bytes.NewReader(file)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	want := []string{
		".SIGN.RSA.builder@example.com-1.rsa.pub", ".PKGINFO", ".post-install",
		"boot/", "boot/System.map-6.18.54-0-virt", "boot/config-6.18.54-0-virt", "boot/vmlinuz-virt",
		"lib/", "lib/modules/", "lib/modules/6.18.54-0-virt/", "lib/modules/6.18.54-0-virt/vmlinuz",
		"usr/", "usr/share/", "usr/share/kernel/", "usr/share/kernel/virt/", "usr/share/kernel/virt/kernel.release",
		"lib/modules/6.18.54-0-virt/kernel/", "lib/modules/6.18.54-0-virt/kernel/net/", "lib/modules/6.18.54-0-virt/kernel/net/packet/",
		"lib/modules/6.18.54-0-virt/kernel/net/packet/af_packet.ko.gz",
	}
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(output)), "\n")); diff != "" {
		t.Error(diff)
	}
}
