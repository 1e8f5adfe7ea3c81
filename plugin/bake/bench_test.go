package bake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/mitchellh/mapstructure"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

const release = "6.12.94-0-virt"

// decode reads options by their names, as those who bake do. If they ask for no output,
// it is an ISO image and boxes.
func decode(t *testing.T, options map[string]any) (*Options, error) {
	t.Helper()
	var o Options
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{Result: &o, ErrorUnused: true, WeaklyTypedInput: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := decoder.Decode(options); err != nil {
		t.Fatal(err)
	}
	if !o.HasOutput() {
		o.OutputISO, o.OutputBox = "x.iso", "{{ .Provider }}.box"
	}
	o.SetDefaults()
	var said []string
	for _, err := range o.Validate() {
		said = append(said, err.Error())
	}
	if len(said) > 0 {
		return &o, errors.New(strings.Join(said, "\n"))
	}
	return &o, nil
}

// bench is a folder with everything for a bake: a kernel, a module and a
// loader that pass for such, and the real demonstration.
type bench struct {
	dir     string
	options map[string]any
	files   []string
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
		"bootloader":   "isolinux",
		"isolinux_dir": b.dir,
		"output_iso":   filepath.Join(b.dir, "out", "m.iso"),
		"output_box":   filepath.Join(b.dir, "out", "m.box"),
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

// run bakes and returns what was made and said.
func (b *bench) run(ctx context.Context, t *testing.T) (Result, string, error) {
	t.Helper()
	o, err := decode(t, b.options)
	if err != nil {
		return Result{}, "", err
	}
	var said said
	made, err := (&Bake{Options: *o, Files: b.files, Render: render, Report: &said}).Run(ctx)
	return made, said.String(), err
}

// render is as plain as can be.
func render(_, text string, data Variables) (string, error) {
	var out strings.Builder
	parsed, err := template.New("").Parse(text)
	if err == nil {
		err = parsed.Execute(&out, map[string]any(data))
	}
	return out.String(), err
}

// said keeps what is reported.
type said struct{ bytes.Buffer }

func (s *said) Say(line string)                 { fmt.Fprintln(s, line) }
func (s *said) Sayf(format string, args ...any) { fmt.Fprintf(s, format+"\n", args...) }
func (s *said) TrackProgress(_ string, _, _ int64, stream io.ReadCloser) io.ReadCloser {
	return stream
}

// left lists the files below dir.
func left(t *testing.T, dir string) string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if name, _ := filepath.Rel(dir, path); name != "." {
			files = append(files, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(files, " ")
}
