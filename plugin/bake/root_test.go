package bake

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// initramfs bakes and returns the archive, unpacked, and what was said.
func (b *bench) initramfs(t *testing.T) (archive []byte, said string) {
	t.Helper()
	delete(b.options, "output_iso")
	delete(b.options, "output_box")
	path := filepath.Join(b.dir, "initramfs")
	b.options["output_initramfs"] = path
	_, said, err := b.run(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var unpacked bytes.Buffer
	if _, err := unpacked.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	return unpacked.Bytes(), said
}

// list has cpio list an archive, but for sizes and dates.
func list(t *testing.T, archive []byte) string {
	t.Helper()
	cpio := exec.Command(tooltest.Need(t, "cpio"), "-itv", "--numeric-uid-gid", "--quiet")
	cpio.Stdin, cpio.Env = bytes.NewReader(archive), []string{"TZ=UTC", "LC_ALL=C"}
	out, err := cpio.Output()
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		lines.WriteString(strings.Join(append(words[:4:4], words[8:]...), " ") + "\n")
	}
	return lines.String()
}

// textOf has cpio print a file of an archive.
func textOf(t *testing.T, archive []byte, name string) string {
	t.Helper()
	cpio := exec.Command(tooltest.Need(t, "cpio"), "-i", "--to-stdout", "--quiet", name)
	cpio.Stdin = bytes.NewReader(archive)
	out, err := cpio.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestListing: what is in a machine's root, with everything that an option puts
// there, in order.
func TestListing(t *testing.T) {
	b := newBench(t)
	site := filepath.Join(b.dir, "site")
	if err := os.MkdirAll(filepath.Join(site, "css"), 0o755); err != nil {
		t.Fatal(err)
	}
	b.put(t, "site/index.html", []byte("<html>"))
	b.put(t, "site/css/main.css", []byte("p {}"))
	tooltest.Symlink(t, "index.html", filepath.Join(site, "home.html"))
	b.options["file"] = []map[string]any{
		{"source": site, "destination": "/srv/www"},
		{"source": site + "/*.html", "destination": "/srv/pages/", "mode": "0440", "owner": "app"},
		{"content": "greeting: {{ .Hello }}\n", "destination": "/etc/app.yaml", "mode": "0600", "owner": "nobody", "group": "tty"},
		{"content": "", "destination": "/etc/services"},
		{"content": "seed", "destination": "/data/seed"},
		{"source": site + "/index.html", "destination": "/usr/bin/su", "mode": "4755", "special_bits": true},
	}
	b.options["trust_store"], b.options["time_zone"] = "mozilla", "Europe/Berlin"
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	archive, said := b.initramfs(t)

	golden := filepath.Join("testdata", "listing")
	got := list(t, archive)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
	if got := textOf(t, archive, "etc/app.yaml"); got != "greeting: {{ .Hello }}\n" {
		t.Errorf("the text became %q", got)
	}
	if got := textOf(t, archive, "etc/os-release"); !strings.Contains(got, "(Linux "+release+")") {
		t.Errorf("os-release is %s", got)
	}
	for _, want := range []string{"Files from " + site + " to /srv/www: 2, 0.0 MB", "Certificate authorities of Mozilla: 116, of 2026-10-30",
		`file (destination "/data/seed"): /data/seed is hidden in a machine with a data disk, which is mounted on /data`,
		"Not among them, as Mozilla trusts only their older certificates: Izenpe.com"} {
		if !strings.Contains(said, want) {
			t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	if again, _ := b.initramfs(t); !bytes.Equal(archive, again) {
		t.Error("two bakes differ")
	}
}

// TestDemonstrationIsSmall: it has neither authorities nor time zones, and what every
// machine has takes little.
func TestDemonstrationIsSmall(t *testing.T) {
	archive, _ := newBench(t).initramfs(t)
	listing := list(t, archive)
	if strings.Contains(listing, "ssl") || strings.Contains(listing, "zoneinfo") || !strings.Contains(listing, "etc/passwd") {
		t.Errorf("there are\n%s", listing)
	}
	rest := archive[bytes.LastIndex(archive, []byte("etc/machine.json")):]
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(rest); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the rest of the root has %d bytes, %d packed", len(rest), packed.Len())
	if packed.Len() > 8<<10 {
		t.Errorf("the rest of the root has %d bytes, packed", packed.Len())
	}
}

func TestFilesRefuse(t *testing.T) {
	tests := []struct {
		name  string
		files []map[string]any
		want  string
	}{
		{"neither", []map[string]any{{"destination": "/x"}}, `file (destination "/x"): give either source or content`},
		{"both", []map[string]any{{"destination": "/x", "source": "x", "content": "y"}}, "give either source or content"},
		{"no destination", []map[string]any{{"content": "x"}}, `file (destination ""): destination must be an absolute path`},
		{"a relative one", []map[string]any{{"content": "x", "destination": "etc/x"}}, "destination must be an absolute path"},
		{"dots", []map[string]any{{"content": "x", "destination": "/etc/../x"}}, "without . and .. in it"},
		{"a text for a folder", []map[string]any{{"content": "x", "destination": "/etc/"}}, "cannot end in a slash"},
		{"mode", []map[string]any{{"content": "x", "destination": "/x", "mode": "rw"}}, `mode: "rw" is no mode`},
		{"special bits", []map[string]any{{"content": "x", "destination": "/x", "mode": "4755"}}, "set special_bits = true if it is to be so"},
		{"owner", []map[string]any{{"content": "x", "destination": "/x", "owner": "www"}}, `owner: there is no user "www": there are root, nobody, app`},
		{"group", []map[string]any{{"content": "x", "destination": "/x", "group": "www"}}, `group: there is no group "www"`},
		{"twice", []map[string]any{{"content": "x", "destination": "/x"}, {"source": "y", "destination": "/x"}}, `file (destination "/x"): another block has the same`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := decode(t, map[string]any{"file": test.files}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestRootRefuses: what only the bake can find out.
func TestRootRefuses(t *testing.T) {
	file := func(source, destination string) map[string]any {
		return map[string]any{"file": []map[string]any{{"source": source, "destination": destination}}}
	}
	b := newBench(t)
	tests := []struct {
		name    string
		options map[string]any
		want    string
	}{
		{"no file", file("none", "/x"), `file (destination "/x"): none: ` + syscall.ENOENT.Error()},
		{"the init", file(b.files[0], "/init"), `file (destination "/init"): nothing can be put at /init: the machine's init is there`},
		{"a folder's place", file(b.files[0], "/var/log"), "/var/log is a folder of the machine"},
		{"no authority", map[string]any{"ca_certificates": []string{b.files[0]}}, "ca_certificates: " + b.files[0] + ": it has no certificate in PEM"},
		{"no such authority", map[string]any{"ca_certificates": []string{"none.pem"}}, "ca_certificates: none.pem: " + syscall.ENOENT.Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			for name, value := range test.options {
				b.options[name] = value
			}
			if _, _, err := b.run(t.Context(), t); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestLargeFiles: it is said once what they cost.
func TestLargeFiles(t *testing.T) {
	b := newBench(t)
	b.put(t, "large", make([]byte, manyBytes))
	b.options["file"] = []map[string]any{{"source": filepath.Join(b.dir, "large"), "destination": "/srv/"}}
	_, said := b.initramfs(t)
	if want := "These files take 32 MiB of the machine's memory"; strings.Count(said, want) != 1 {
		t.Errorf("it did not say %q once:\n%s", want, said)
	}
}

func TestSourceDate(t *testing.T) {
	for epoch, want := range map[string]time.Time{"": {}, "0": {}, "7": time.Unix(7, 0)} {
		if got, err := sourceDate(epoch); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v", epoch, got, err)
		}
	}
	if _, err := sourceDate("today"); err == nil {
		t.Error("today is no date")
	}
}
