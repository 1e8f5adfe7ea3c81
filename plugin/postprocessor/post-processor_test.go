package postprocessor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

const release = "6.12.94-0-virt"

// bench is a folder with everything for a bake: a kernel, a module and a
// loader that pass for such, and the real demonstration.
type bench struct {
	dir     string
	options map[string]any
	files   []string // of the input artifact
	data    any      // its generated data
}

func newBench(t *testing.T) *bench {
	t.Helper()
	if _, err := stock.Demo(t.Context(), "amd64"); err != nil {
		tooltest.Missing(t, "%v", err)
	}
	b := &bench{dir: t.TempDir()}
	bin := make([]byte, 4096)
	copy(bin[64:], "\xfb\xc0\x78\x70")
	module := make([]byte, 52)
	copy(module, "\x7fELF\x01\x01\x01")
	module[16], module[18], module[20], module[40] = 3, 3, 1, 52
	b.put(t, "isolinux.bin", bin)
	b.put(t, "ldlinux.c32", module)
	b.put(t, "isohdpfx.bin", make([]byte, 432))
	b.options = map[string]any{
		"packer_build_name": "alpine",
		"bootloader":        "isolinux",
		"isolinux_dir":      b.dir,
		"output_iso":        filepath.Join(b.dir, "out", "m.iso"),
		"output_box":        filepath.Join(b.dir, "out", "m.box"),
	}
	b.files = []string{
		b.put(t, "vmlinuz", kerneltest.BzImage(release)),
		b.put(t, "e1000.ko", kerneltest.Module{Name: "e1000", Release: release}.ELF()),
	}
	return b
}

func (b *bench) put(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// run configures and runs the post-processor and returns what it said.
func (b *bench) run(ctx context.Context, t *testing.T) (packersdk.Artifact, string, error) {
	t.Helper()
	var p PostProcessor
	if err := p.Configure(b.options); err != nil {
		return nil, "", err
	}
	var said bytes.Buffer
	ui := &packersdk.BasicUi{Reader: &said, Writer: &said, ErrorWriter: &said, PB: &packersdk.NoopProgressTracker{}}
	source := &packersdk.MockArtifact{FilesValue: b.files, StateValues: map[string]any{generatedData: b.data}}
	made, keep, force, err := p.PostProcess(ctx, ui, source)
	if !keep || !force {
		t.Error("the input artifact may be deleted")
	}
	for _, path := range b.files {
		if _, statErr := os.Stat(path); statErr != nil && err == nil {
			t.Errorf("an input is gone: %v", statErr)
		}
	}
	return made, said.String(), err
}

func TestPostProcess(t *testing.T) {
	b := newBench(t)
	b.data = map[any]any{"SourceImage": "alpine-3.24", "BoxPath": "not this one"}
	made, said, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	iso, box := b.options["output_iso"].(string), b.options["output_box"].(string)
	if made.BuilderId() != "mitchellh.post-processor.vagrant" || made.Id() != "virtualbox" ||
		!slices.Equal(made.Files(), []string{box, iso}) {
		t.Errorf("artifact %s, %s, %v", made.BuilderId(), made.Id(), made.Files())
	}
	data := made.State(generatedData).(map[any]any)
	if data["SourceImage"] != "alpine-3.24" || data["BoxPath"] != box || data["KernelRelease"] != release ||
		len(fmt.Sprint(data["BoxSHA256"])) != 64 || len(fmt.Sprint(data["ISOSHA256"])) != 64 {
		t.Errorf("generated data %v", data)
	}
	for _, want := range []string{"Kernel " + release, "Module e1000", "Program the demonstration", "Wrote " + iso,
		"The image boots by BIOS, not by UEFI: the kernel has no EFI stub"} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	first, err := os.ReadFile(box)
	if err != nil {
		t.Fatal(err)
	}
	err = made.Destroy()
	if left, _ := filepath.Glob(filepath.Join(b.dir, "out", "*")); err != nil || len(left) > 0 {
		t.Errorf("after Destroy: %v, %s", err, left)
	}
	if _, _, err := b.run(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(box); err != nil || !bytes.Equal(first, second) {
		t.Error("two bakes of the same inputs differ")
	}
}

func TestOnlyAnISO(t *testing.T) {
	b := newBench(t)
	delete(b.options, "output_box")
	b.options["output_iso"] = filepath.Join(b.dir, "{{ .BuildName }}-{{ .Architecture }}-{{ .KernelRelease }}.iso")
	made, _, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(b.dir, "alpine-amd64-"+release+".iso")
	if made.BuilderId() != boxlessBuilderID || made.Id() != want || !slices.Equal(made.Files(), []string{want}) {
		t.Errorf("artifact %s, %s, %v", made.BuilderId(), made.Id(), made.Files())
	}
}

// TestSeveralBoxes: from one bake, each in the catalog, the first for the
// registry.
func TestSeveralBoxes(t *testing.T) {
	b := newBench(t)
	out := filepath.Join(b.dir, "out")
	b.options["providers"] = []string{"libvirt", "virtualbox"}
	b.options["output_box"] = filepath.Join(out, "{{ .Provider }}.box")
	b.options["output_catalog"] = filepath.Join(out, "hello.json")
	b.options["catalog"] = map[string]any{"name": "acme/hello", "version": "1.0.0",
		"url": "https://example.com/{{ .Architecture }}/{{ .Provider }}.box"}
	made, _, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	boxes := []string{filepath.Join(out, "libvirt.box"), filepath.Join(out, "virtualbox.box")}
	if made.BuilderId() != boxBuilderID || made.Id() != "libvirt" || !slices.Equal(made.Files()[:2], boxes) ||
		made.State(generatedData).(map[any]any)["BoxPath"] != boxes[0] {
		t.Errorf("artifact %s, %s, %v, %v", made.BuilderId(), made.Id(), made.Files(), made.State(generatedData))
	}
	list, err := os.ReadFile(filepath.Join(out, "hello.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, provider := range []string{"libvirt", "virtualbox"} {
		content, err := os.ReadFile(filepath.Join(out, provider+".box"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			fmt.Sprintf(`"name": %q`, provider), "https://example.com/amd64/" + provider + ".box",
			fmt.Sprintf("%x", sha256.Sum256(content)),
		} {
			if !strings.Contains(string(list), want) {
				t.Errorf("the catalog has no %q:\n%s", want, list)
			}
		}
	}
}

// TestUnknownVariable: a name with one is refused, and nothing is left.
func TestUnknownVariable(t *testing.T) {
	b := newBench(t)
	b.options["output_iso"] = b.dir + "/out/{{ .Bild }}.iso"
	if _, _, err := b.run(t.Context(), t); err == nil || !strings.Contains(err.Error(), "has a variable that does not exist") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(b.dir, "out")); err == nil {
		t.Error("the folder is left")
	}
}
