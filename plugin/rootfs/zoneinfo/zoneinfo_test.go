package zoneinfo

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

func load(t *testing.T) Zones {
	t.Helper()
	zones, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return zones
}

// bytesOf reads the files of a tree, hard links as what they are.
func bytesOf(t *testing.T, entries []tree.Entry) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, e := range entries {
		switch {
		case e.HardLink != "":
			files[e.Path] = files[e.HardLink]
		case e.Content != nil:
			data, err := io.ReadAll(content.NewReader(e.Content))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Path] = data
		}
	}
	return files
}

// TestAll: every file is a time zone that Go takes.
func TestAll(t *testing.T) {
	entries, err := tree.Complete(load(t).Files(true, ""))
	if err != nil {
		t.Fatal(err)
	}
	files := bytesOf(t, entries)
	if len(files) < 590 {
		t.Errorf("there are %d zones", len(files))
	}
	for path, data := range files {
		if _, err := time.LoadLocationFromTZData(path, data); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	size := 0
	for _, e := range entries {
		size += int(e.Size())
	}
	if size > 270_000 {
		t.Errorf("the files have %d bytes: are there hard links?", size)
	}
}

// TestDateReadsThem: the C library agrees on the time.
func TestDateReadsThem(t *testing.T) {
	files := bytesOf(t, load(t).Files(true, ""))
	for name, want := range map[string]string{
		"Europe/Berlin": "2026-07-01 14:00 CEST", "America/New_York": "2026-07-01 08:00 EDT", "Asia/Kathmandu": "2026-07-01 17:45 +0545", "UTC": "2026-07-01 12:00 UTC",
	} {
		path := filepath.Join(t.TempDir(), "zone")
		if err := os.WriteFile(path, files[Folder+"/"+name], 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tooltest.Need(t, "date"), "--date=2026-07-01T12:00Z", "+%F %R %Z")
		cmd.Env = []string{"TZ=:" + path, "LC_ALL=C"}
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}

// TestIsGos: what go generate took is what the Go of that version has.
func TestIsGos(t *testing.T) {
	root, err := exec.Command(tooltest.Need(t, "go"), "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(root)), "lib", "time")
	script, err := os.ReadFile(filepath.Join(dir, "update.bash"))
	if err != nil || !bytes.Contains(script, []byte("\nDATA="+Version()+"\n")) {
		t.Skipf("this Go has other time zones than %s: %v", Version(), err)
	}
	theirs, err := zip.OpenReader(filepath.Join(dir, "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	files := bytesOf(t, load(t).Files(true, ""))
	if len(files) != len(theirs.File) {
		t.Errorf("we have %d zones, Go %d", len(files), len(theirs.File))
	}
	for _, f := range theirs.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(data, files[Folder+"/"+f.Name]) {
			t.Errorf("%s differs: %v", f.Name, err)
		}
	}
}

func TestLocal(t *testing.T) {
	zones := load(t)
	for _, all := range []bool{false, true} {
		entries := zones.Files(all, "Europe/Berlin")
		last := entries[len(entries)-1]
		if last.Path != "/etc/localtime" || last.Target != "/usr/share/zoneinfo/Europe/Berlin" {
			t.Errorf("got %v", last)
		}
		if data := bytesOf(t, entries)[last.Target]; !bytes.HasPrefix(data, []byte("TZif")) {
			t.Errorf("with all %v its file is %q", all, data)
		}
		if _, err := tree.Complete(entries); err != nil {
			t.Error(err)
		}
	}
	if files := zones.Files(false, ""); len(files) != 0 {
		t.Errorf("with neither there are %v", files)
	}
}

func TestCheck(t *testing.T) {
	zones := load(t)
	for name, want := range map[string]string{
		"Europe/Berlin":      "",
		"UTC":                "",
		"europe/berlin":      `there is no time zone "europe/berlin": is it Europe/Berlin?`,
		"Berlin":             `is it Europe/Berlin?`,
		"America/Louisville": "",
		"US/New York":        "is it America/New_York?",
		"CEST":               `there is no time zone "CEST": give a name such as Europe/Berlin or UTC`,
		"":                   "there is no time zone",
		"../../etc/passwd":   "there is no time zone",
	} {
		err := zones.Check(name)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
