package box

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// machine is what the example's box is made of. Its disk is like a VMDK: 64 KiB
// of headers, nearly all zeros, and grains that do not compress any more.
type machine struct{ vagrantfile, ovf, disk []byte }

func example() machine {
	content := make([]byte, 3<<20)
	var seed [32]byte
	_, _ = rand.NewChaCha8(seed).Read(content[64<<10:])
	return machine{vagrantfile: []byte("# empty\n"), ovf: []byte("<Envelope/>\n"), disk: content}
}

func (m machine) virtualBox() Box {
	return VirtualBox("amd64", m.vagrantfile, m.ovf, content.Bytes(m.disk))
}

// laidOut is the disk in one of the formats.
func laidOut(l *disk.Layout, err error) content.Content {
	if err != nil {
		panic(err)
	}
	return l
}

func (m machine) qcow2() content.Content { return laidOut(disk.NewQCOW2(content.Bytes(m.disk))) }

func (m machine) vmdk() content.Content {
	return laidOut(disk.NewSparseVMDK(content.Bytes(m.disk), VMwareDiskName))
}

func (m machine) libvirt() Box { return Libvirt("amd64", m.vagrantfile, m.qcow2(), int64(len(m.disk))) }

func (m machine) vmware() Box { return VMware("arm64", m.vagrantfile, []byte("vmx\n"), m.vmdk()) }

func bytesOf(t *testing.T, c content.Content) string {
	t.Helper()
	var out strings.Builder
	if err := content.Copy(t.Context(), &out, c); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func write(t *testing.T, b Box) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(t.Context(), &out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWrite(t *testing.T) {
	m := example()
	tests := []struct {
		provider string
		box      func() Box
		names    []string
		want     map[string]string
	}{
		{"virtualbox", m.virtualBox, []string{"metadata.json", "Vagrantfile", "box.ovf", "box-disk001.vmdk"}, map[string]string{
			"metadata.json": `{"architecture":"amd64","provider":"virtualbox"}` + "\n",
			"Vagrantfile":   string(m.vagrantfile), "box.ovf": string(m.ovf), "box-disk001.vmdk": string(m.disk),
		}},
		{"libvirt", m.libvirt, []string{"metadata.json", "Vagrantfile", "box.img"}, map[string]string{
			"metadata.json": `{"architecture":"amd64","format":"qcow2","provider":"libvirt","virtual_size":1}` + "\n",
			"Vagrantfile":   string(m.vagrantfile), "box.img": bytesOf(t, m.qcow2()),
		}},
		{"vmware_desktop", m.vmware, []string{"metadata.json", "Vagrantfile", "box.vmx", "box.vmdk"}, map[string]string{
			"metadata.json": `{"architecture":"arm64","provider":"vmware_desktop"}` + "\n",
			"Vagrantfile":   string(m.vagrantfile), "box.vmx": "vmx\n", "box.vmdk": bytesOf(t, m.vmdk()),
		}},
	}
	for _, test := range tests {
		t.Run(test.provider, func(t *testing.T) {
			first := write(t, test.box())
			if !bytes.Equal(first, write(t, test.box())) {
				t.Error("two runs differ")
			}
			names, got := read(t, first)
			if diff := cmp.Diff(test.names, names); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// read returns the names in a box, in order, and what they hold.
func read(t *testing.T, box []byte) ([]string, map[string]string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(box))
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("the gzip header has name %q, time %v", z.Name, z.ModTime)
	}
	var names []string
	contents := map[string]string{}
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if err == io.EOF {
			return names, contents
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Format != tar.FormatUSTAR || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" ||
			h.ModTime.Unix() != 0 || h.Mode != 0o644 {
			t.Errorf("%s has header %+v", h.Name, h)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		contents[h.Name] = string(content)
	}
}

// TestNoLargerThanTar: what does not shrink is stored, which may cost a thousandth.
func TestNoLargerThanTar(t *testing.T) {
	tarTool := tooltest.Need(t, "tar")
	m, dir := example(), t.TempDir()
	names := []string{"metadata.json", "Vagrantfile", "box.ovf", "box-disk001.vmdk"}
	for i, content := range [][]byte{[]byte(`{"architecture":"amd64","provider":"virtualbox"}`), m.vagrantfile, m.ovf, m.disk} {
		if err := os.WriteFile(filepath.Join(dir, names[i]), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	theirs, err := exec.Command(tarTool, append([]string{"-czf", "-", "-C", dir}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if ours := write(t, m.virtualBox()); len(ours) > len(theirs)+len(theirs)/1000 {
		t.Errorf("ours has %d bytes, tar's %d", len(ours), len(theirs))
	}
}

// TestVagrantTakesIt adds the boxes with the real vagrant, lists and
// removes them: several providers' of one name.
func TestVagrantTakesIt(t *testing.T) {
	command := tooltest.Need(t, "vagrant")
	home, dir, m := t.TempDir(), t.TempDir(), example()
	run := func(want string, args ...string) {
		t.Helper()
		cmd := exec.Command(command, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "VAGRANT_HOME="+home, "VAGRANT_CHECKPOINT_DISABLE=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("vagrant %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	for provider, b := range map[string]Box{"virtualbox": m.virtualBox(), "libvirt": m.libvirt(), "vmware_desktop": m.vmware()} {
		file := filepath.Join(dir, provider+".box")
		if err := os.WriteFile(file, write(t, b), 0o644); err != nil {
			t.Fatal(err)
		}
		run("Successfully added box 'example'", "box", "add", "--name", "example", "--provider", provider, file)
	}
	run("example (libvirt, 0", "box", "list") // and, from 2.4 on, its architecture
	run("example (virtualbox, 0", "box", "list")
	run("Removing box 'example'", "box", "remove", "--provider", "virtualbox", "example")
}
