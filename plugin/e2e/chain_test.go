package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// writeTemplate writes a template around a post-processor with the given
// options, over the given artifice files, and returns its name.
func (p packer) writeTemplate(t *testing.T, files []string, options string, after ...string) string {
	t.Helper()
	list, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	text := `
source "null" "machine" {
  communicator = "none"
}

build {
  sources = ["source.null.machine"]
  post-processors {
    post-processor "artifice" {
      files = ` + string(list) + `
    }
    post-processor "scratchmachine" {
` + options + `
    }
` + strings.Join(after, "\n") + `
  }
}
`
	if err := os.WriteFile(filepath.Join(p.dir, "machine.pkr.hcl"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return "machine.pkr.hcl"
}

const bothOutputs = `output_iso = "output/m.iso"
output_box = "output/m.box"
`

// outputs lists what is in the output folder.
func (p packer) outputs(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(p.dir, "output"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestChain follows the artifact into other post-processors, and sees that
// inputs are kept although the user says otherwise.
func TestChain(t *testing.T) {
	p := newPacker(t)
	kernel := filepath.Join(p.dir, "vmlinuz")
	content, err := os.ReadFile(filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kernel, content, 0o644); err != nil {
		t.Fatal(err)
	}
	out := p.build(t, "-machine-readable", p.writeTemplate(t, []string{"vmlinuz"}, bothOutputs+"keep_input_artifact = false",
		`post-processor "manifest" {
  output = "manifest.json"
}`, `post-processor "checksum" {
  checksum_types = ["sha256"]
  output         = "{{ .BoxSHA256 }}.{{ .ChecksumType }}"
}`))
	for _, want := range []string{
		",builder-id,mitchellh.post-processor.vagrant", ",id,virtualbox", ",file,0,output/m.box", ",file,1,output/m.iso",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in:\n%s", want, out)
		}
	}
	// Each line is for machines: a time, a target, a type and data, with commas.
	for line := range strings.Lines(out) {
		if !regexp.MustCompile(`^[0-9]+,[^,]*,[a-z-]+,`).MatchString(line) {
			t.Errorf("%q is not for machines", line)
		}
	}
	if !strings.Contains(out, ",ui,") || !strings.Contains(out, "Wrote output/m.iso: ") {
		t.Errorf("the bake did not say what it does:\n%s", out)
	}
	if out := p.build(t, "-debug", "-force", "machine.pkr.hcl"); !strings.Contains(out, "Debug mode enabled") || !strings.Contains(out, "Wrote output/m.iso: ") {
		t.Errorf("with -debug it said:\n%s", out)
	}
	if _, err := os.Stat(kernel); err != nil {
		t.Errorf("the input is gone: %v", err)
	}
	var manifest struct {
		Builds []struct {
			ArtifactID string `json:"artifact_id"`
			Files      []struct {
				Name string `json:"name"`
			} `json:"files"`
		} `json:"builds"`
	}
	raw, err := os.ReadFile(filepath.Join(p.dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &manifest); err != nil || len(manifest.Builds) != 1 ||
		manifest.Builds[0].ArtifactID != "virtualbox" || manifest.Builds[0].Files[0].Name != "output/m.box" {
		t.Errorf("%v: %s", err, raw)
	}
	// The checksum file is named by the box's SHA-256, which we passed on, and
	// holds what the checksum post-processor itself worked out.
	sums, err := filepath.Glob(filepath.Join(p.dir, "*.sha256"))
	if err != nil || len(sums) != 1 {
		t.Fatalf("checksum files %v, %v", sums, err)
	}
	sum, err := os.ReadFile(sums[0])
	if name := strings.TrimSuffix(filepath.Base(sums[0]), ".sha256"); err != nil || len(name) != 64 || !strings.HasPrefix(string(sum), name) {
		t.Errorf("%s holds %s, %v", sums[0], sum, err)
	}
}

// TestSameInputsSameBytes builds twice, in other folders and with another
// locale, time zone and home.
func TestSameInputsSameBytes(t *testing.T) {
	var images [2][2][]byte
	for i := range images {
		p := newPacker(t)
		if i == 1 {
			p.env = append(p.env, "TZ=Pacific/Auckland", "LANG=de_DE.UTF-8", "USER=somebody", "HOME="+t.TempDir(),
				"GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOMAXPROCS=1")
		}
		p.build(t, p.writeTemplate(t, []string{filepath.Join(vmtest.KernelDir(t, "debian"), "vmlinuz"), filepath.Join(vmtest.KernelDir(t, "debian"), "e1000.ko")},
			bothOutputs+`package = "`+testdata(t, "plain")+`"
env = { "GREETING" = "hello", "A" = "1", "B" = "2" }`))
		for j, name := range []string{"m.iso", "m.box"} {
			var err error
			if images[i][j], err = os.ReadFile(filepath.Join(p.dir, "output", name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for j, name := range []string{"ISO", "box"} {
		if !bytes.Equal(images[0][j], images[1][j]) {
			t.Errorf("the %s differs", name)
		}
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := packer{path: "go", dir: t.TempDir(), env: os.Environ()}.run(t, "env", name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}
