package bake

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// everything asks for all that can be made of one disc.
func everything(t *testing.T) *bench {
	b := newBench(t)
	out := filepath.Join(b.dir, "out")
	b.options["output_box"] = filepath.Join(out, "{{ .Provider }}.box")
	b.options["providers"] = image.Providers()
	b.options["output_disk"] = filepath.Join(out, "disk.{{ .Format }}")
	b.options["disk_format"] = image.DiskFormats()
	b.options["output_ova"] = filepath.Join(out, "{{ .Hypervisor }}.ova")
	b.options["ova_for"] = image.Hypervisors()
	b.options["output_gce"] = filepath.Join(out, "gce.tar.gz")
	return b
}

// contents reads all outputs.
func contents(t *testing.T, made Result) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, out := range made.Outputs {
		content, err := os.ReadFile(out.Path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(out.Path)] = content
	}
	return all
}

// TestProducts makes everything at once, twice the same, and reads back what holds
// the disc.
func TestProducts(t *testing.T) {
	b := everything(t)
	made, _, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	first := contents(t, made)
	for _, out := range made.Outputs {
		if sum := fmt.Sprintf("%x", sha256.Sum256(first[filepath.Base(out.Path)])); out.SHA256 != sum {
			t.Errorf("%s has the checksum %s, not %s", out.Path, sum, out.SHA256)
		}
	}
	if made, _, err = b.run(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	for name, again := range contents(t, made) {
		if !bytes.Equal(first[name], again) {
			t.Errorf("%s: two bakes of the same inputs differ", name)
		}
	}
	if want := 1 + len(image.Providers()) + len(image.DiskFormats()) + len(image.Hypervisors()) + 1; len(first) != want {
		t.Errorf("there are %d outputs, want %d", len(first), want)
	}
	iso, out := first["m.iso"], filepath.Join(b.dir, "out")
	for _, format := range image.DiskFormats() {
		qemu := map[string]string{image.VHD: "vpc", image.StreamVMDK: "vmdk"}[format]
		if qemu == "" {
			qemu = format
		}
		t.Run(format, func(t *testing.T) { holds(t, filepath.Join(out, "disk."+format), qemu, iso) })
	}
	t.Run("gce", func(t *testing.T) {
		z, err := gzip.NewReader(bytes.NewReader(first["gce.tar.gz"]))
		if err != nil {
			t.Fatal(err)
		}
		members := unpack(t, z, int64(len(iso)))
		if !bytes.Equal(members["disk.raw"], iso) || len(members) != 1 {
			t.Error("there is something else in it than the disc")
		}
	})
	for _, hypervisor := range image.Hypervisors() {
		t.Run("OVA for "+hypervisor, func(t *testing.T) { checkOVA(t, first[hypervisor+".ova"], iso) })
	}
}

// holds wants a virtual disk to begin with the disc, and to be zero behind it.
func holds(t *testing.T, path, format string, iso []byte) {
	t.Helper()
	raw := filepath.Join(t.TempDir(), "raw")
	tooltest.Run(t, "qemu-img", "convert", "-f", format, "-O", "raw", path, raw)
	got, err := os.ReadFile(raw)
	if err != nil || !bytes.HasPrefix(got, iso) || len(bytes.Trim(got[len(iso):], "\x00")) > 0 {
		t.Errorf("%s: the disk holds something else than the disc (%v)", path, err)
	}
}

// unpack reads an archive, of each file at most limit bytes.
func unpack(t *testing.T, r io.Reader, limit int64) map[string][]byte {
	t.Helper()
	members := map[string][]byte{}
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(io.LimitReader(archive, limit))
		if err != nil {
			t.Fatal(err)
		}
		members[h.Name] = content
	}
}

// checkOVA follows the manifest, and the description to the disk.
func checkOVA(t *testing.T, ova, iso []byte) {
	t.Helper()
	var names []string
	for archive := tar.NewReader(bytes.NewReader(ova)); ; {
		h, err := archive.Next()
		if err != nil {
			break
		}
		names = append(names, h.Name)
	}
	members := unpack(t, bytes.NewReader(ova), 1<<30)
	if !slices.Equal(names, []string{"machine.ovf", "machine.mf", "machine-disk1.vmdk"}) {
		t.Fatalf("it has %v", names)
	}
	want := ""
	for _, name := range []string{"machine.ovf", "machine-disk1.vmdk"} {
		want += fmt.Sprintf("SHA256(%s)= %x\n", name, sha256.Sum256(members[name]))
	}
	if string(members["machine.mf"]) != want {
		t.Errorf("the manifest is\n%s, want\n%s", members["machine.mf"], want)
	}
	if !strings.Contains(string(members["machine.ovf"]), `ovf:href="machine-disk1.vmdk"`) {
		t.Error("the description does not name the disk")
	}
	disk := filepath.Join(t.TempDir(), "disk.vmdk")
	if err := os.WriteFile(disk, members["machine-disk1.vmdk"], 0o644); err != nil {
		t.Fatal(err)
	}
	holds(t, disk, "vmdk", iso)
}

// TestDiskFormat: by the name's ending, unless it is said.
func TestDiskFormat(t *testing.T) {
	for name, want := range map[string]string{"a.qcow2": "qcow2", "b.IMG": "raw", "c.vhdx": "vhdx", "d.vmdk": "vmdk", "e.vdi": "vdi", "f.vhd": "vhd"} {
		c, err := decode(t, map[string]any{"output_disk": name})
		if err != nil || !slices.Equal(c.DiskFormat, []string{want}) || c.OutputISO != "" || c.OutputBox != "" {
			t.Errorf("%s: %v, %v", name, c.DiskFormat, err)
		}
	}
	if c, err := decode(t, map[string]any{"output_disk": "a.vmdk", "disk_format": []string{"vmdk-stream"}}); err != nil || c.DiskFormat[0] != image.StreamVMDK {
		t.Error(c.DiskFormat, err)
	}
}
