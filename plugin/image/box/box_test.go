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

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// example has a disk like a VMDK: 64 KiB of headers, nearly all zeros, and
// grains that do not compress any more.
func example() Box {
	disk := make([]byte, 3<<20)
	var seed [32]byte
	_, _ = rand.NewChaCha8(seed).Read(disk[64<<10:])
	return Box{Provider: "virtualbox", Architecture: "amd64",
		Vagrantfile: []byte("# empty\n"), OVF: []byte("<Envelope/>\n"), Disk: disk}
}

func write(t *testing.T, b Box) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWrite(t *testing.T) {
	b := example()
	first := write(t, b)
	if !bytes.Equal(first, write(t, b)) {
		t.Error("two runs differ")
	}
	z, err := gzip.NewReader(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("the gzip header has name %q, time %v", z.Name, z.ModTime)
	}
	got := map[string]string{}
	var names []string
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if err == io.EOF {
			break
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
		got[h.Name] = string(content)
	}
	if diff := cmp.Diff([]string{"metadata.json", "Vagrantfile", "box.ovf", "box-disk001.vmdk"}, names); diff != "" {
		t.Error(diff)
	}
	want := map[string]string{
		"metadata.json": `{"architecture":"amd64","provider":"virtualbox"}` + "\n",
		"Vagrantfile":   string(b.Vagrantfile), "box.ovf": string(b.OVF), "box-disk001.vmdk": string(b.Disk),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoLargerThanTar(t *testing.T) {
	tarTool := tooltest.Need(t, "tar")
	b, dir := example(), t.TempDir()
	names := []string{"metadata.json", "Vagrantfile", "box.ovf", "box-disk001.vmdk"}
	for i, content := range [][]byte{[]byte(`{"architecture":"amd64","provider":"virtualbox"}`), b.Vagrantfile, b.OVF, b.Disk} {
		if err := os.WriteFile(filepath.Join(dir, names[i]), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	theirs, err := exec.Command(tarTool, append([]string{"-czf", "-", "-C", dir}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if ours := write(t, b); len(ours) > len(theirs) {
		t.Errorf("ours has %d bytes, tar's %d", len(ours), len(theirs))
	}
}

// TestVagrantTakesIt adds the box with the real vagrant, lists and removes it.
func TestVagrantTakesIt(t *testing.T) {
	command := tooltest.Need(t, "vagrant")
	file := filepath.Join(t.TempDir(), "example.box")
	if err := os.WriteFile(file, write(t, example()), 0o644); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "VAGRANT_HOME="+t.TempDir(), "VAGRANT_CHECKPOINT_DISABLE=1")
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"box", "add", "--name", "example", "--provider", "virtualbox", file}, "Successfully added box 'example'"},
		{[]string{"box", "list"}, "example (virtualbox, 0)"},
		{[]string{"box", "remove", "example"}, "Removing box 'example'"},
	} {
		cmd := exec.Command(command, step.args...)
		cmd.Dir, cmd.Env = t.TempDir(), env
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), step.want) {
			t.Fatalf("vagrant %s: %v: %s", strings.Join(step.args, " "), err, out)
		}
	}
}
