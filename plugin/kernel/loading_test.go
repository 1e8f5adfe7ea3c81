package kernel

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// TestLoading: a driver of devices waits for one, with what it needs; what something
// else needs, too, is loaded always.
func TestLoading(t *testing.T) {
	var files []File
	for _, m := range []kerneltest.Module{
		{Name: "failover"},
		{Name: "net_failover", Depends: []string{"failover"}},
		{Name: "virtio_net", Depends: []string{"net_failover"}, Softdep: "pre: helper nobody", Aliases: []string{"virtio:d00000001v*"}},
		{Name: "helper"},
		{Name: "scsi_mod"},
		{Name: "sr_mod", Depends: []string{"scsi_mod", "common"}, Aliases: []string{"scsi:t-0x05*", "block-major-11-*", "bad alias"}},
		{Name: "common"},
		{Name: "ext4", Depends: []string{"common"}, Aliases: []string{"fs-ext4"}},
		{Name: "softdog"},
	} {
		m.Release = testRelease
		files = append(files, File{Name: m.Name + ".ko", Content: m.ELF()})
	}
	k, err := New(File{Name: "vmlinuz", Content: kerneltest.BzImage(testRelease)}, files)
	if err != nil {
		t.Fatal(err)
	}
	l := k.Loading()
	var always []string
	for _, m := range l.Always {
		always = append(always, m.Name)
	}
	if diff := cmp.Diff([]string{"common", "ext4", "softdog"}, always); diff != "" {
		t.Error(diff)
	}
	wantDeps := "failover.ko:\nnet_failover.ko: failover.ko\nvirtio_net.ko: helper.ko net_failover.ko failover.ko\nhelper.ko:\n" +
		"scsi_mod.ko:\nsr_mod.ko: common.ko scsi_mod.ko\n"
	if diff := cmp.Diff(wantDeps, string(l.Deps)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("alias virtio:d00000001v* virtio_net\nalias scsi:t-0x05* sr_mod\n", string(l.Alias)); diff != "" {
		t.Error(diff)
	}
}
