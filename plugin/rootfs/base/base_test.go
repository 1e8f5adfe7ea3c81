package base

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

func entries(t *testing.T) []tree.Entry {
	t.Helper()
	files, err := Files(accounts.New(0, 0), "6.12.94-0-virt")
	if err != nil {
		t.Fatal(err)
	}
	all, err := tree.Complete(files)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	for _, e := range entries(t) {
		if e.Path == path {
			data, err := io.ReadAll(content.NewReader(e.Content))
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
	}
	t.Fatalf("there is no %s", path)
	return ""
}

func TestFiles(t *testing.T) {
	var got []string
	size := 0
	for _, e := range entries(t) {
		line := fmt.Sprintf("%s %d:%d %s", e.Mode, e.UID, e.GID, e.Path)
		if e.Target != "" {
			line += " -> " + e.Target
		}
		got = append(got, line)
		size += int(e.Size())
	}
	want, err := os.ReadFile(filepath.Join("testdata", "listing"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), append(got, "")); diff != "" {
		t.Error(diff)
	}
	if size > 8<<10 {
		t.Errorf("the files have %d bytes", size)
	}
}

// TestShellReadsOSRelease: it is a script of assignments.
func TestShellReadsOSRelease(t *testing.T) {
	shell := exec.Command(tooltest.Need(t, "sh"), "-c", `. /dev/stdin && echo "$NAME|$ID|$VERSION_ID|$PRETTY_NAME"`)
	shell.Stdin = strings.NewReader(read(t, "/etc/os-release"))
	out, err := shell.CombinedOutput()
	const want = "scratchmachine|scratchmachine|" + config.Version + "|scratchmachine " + config.Version + " (Linux 6.12.94-0-virt)\n"
	if err != nil || string(out) != want {
		t.Errorf("got %s, %v", out, err)
	}
}

// TestOthersKnowThem: what Debian says of a service or a protocol that we have is
// what we say.
func TestOthersKnowThem(t *testing.T) {
	for file, atLeast := range map[string]int{"/etc/services": 90, "/etc/protocols": 35} {
		theirs, err := os.ReadFile(file)
		if err != nil {
			tooltest.Missing(t, "%v", err)
		}
		known := map[string]string{}
		for key, value := range numbers(string(theirs)) {
			known[key] = value
		}
		same := 0
		for key, value := range numbers(read(t, file)) {
			switch known[key] {
			case value:
				same++
			case "":
			default:
				t.Errorf("%s: %s is %s, to Debian %s", file, key, value, known[key])
			}
		}
		if same < atLeast {
			t.Errorf("%s: Debian knows only %d of ours", file, same)
		}
	}
}

// numbers are the numbers in services(5) and protocols(5) by name, and by protocol
// if there is one.
func numbers(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		number, protocol, _ := strings.Cut(words[1], "/")
		for _, name := range append(words[2:], words[0]) {
			all[strings.TrimSpace(name+" "+protocol)] = number
		}
	}
	return all
}

// TestMIMETypes: no extension has two types, or stands in capitals or with a dot.
func TestMIMETypes(t *testing.T) {
	seen := map[string]string{}
	for line := range strings.Lines(read(t, "/etc/mime.types")) {
		words := strings.Fields(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, extension := range words[1:] {
			if other := seen[extension]; other != "" || strings.Trim(extension, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Errorf("%s is %s and %q", extension, words[0], other)
			}
			seen[extension] = words[0]
		}
	}
	if seen["woff2"] != "font/woff2" || len(seen) < 100 {
		t.Errorf("there are %d", len(seen))
	}
}
