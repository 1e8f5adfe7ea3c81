package collect

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// site is a folder with files of several modes, and a link.
func site(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes")
	}
	dir := filepath.Join(t.TempDir(), "site")
	put(t, dir, "index.html", 0o664)
	put(t, dir, "css/main.css", 0o644)
	put(t, dir, "bin/run", 0o775)
	put(t, dir, "key", 0o600)
	for _, folder := range []string{dir, filepath.Join(dir, "css"), filepath.Join(dir, "bin")} {
		if err := os.Chmod(folder, 0o775); err != nil {
			t.Fatal(err)
		}
	}
	tooltest.Symlink(t, "index.html", filepath.Join(dir, "home.html"))
	return dir
}

func put(t *testing.T, dir, name string, mode fs.FileMode) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!"+name), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func listing(entries []tree.Entry) string {
	var lines strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&lines, "%s %d:%d %d %s", e.Mode, e.UID, e.GID, e.Size(), e.Path)
		if e.Target != "" {
			fmt.Fprintf(&lines, " -> %s", e.Target)
		}
		lines.WriteString("\n")
	}
	return lines.String()
}

func TestFiles(t *testing.T) {
	dir := site(t)
	link := filepath.Join(t.TempDir(), "current")
	tooltest.Symlink(t, dir, link)
	const below = `-rwxr-xr-x 0:0 9 /srv/bin/run
drwxr-xr-x 0:0 0 /srv/css
-rw-r--r-- 0:0 14 /srv/css/main.css
Lrwxrwxrwx 0:0 0 /srv/home.html -> index.html
-rw-r--r-- 0:0 12 /srv/index.html
-rw------- 0:0 5 /srv/key
`
	const all = "drwxr-xr-x 0:0 0 /srv\ndrwxr-xr-x 0:0 0 /srv/bin\n" + below
	tests := []struct {
		name, source, destination, want string
		rules                           Rules
	}{
		{name: "a folder", source: dir, destination: "/srv", want: all},
		{name: "a folder with a slash", source: dir + "/", destination: "/srv/", want: all},
		{name: "by a link", source: link, destination: "/srv", want: all},
		{name: "as the root", source: filepath.Join(dir, "css"), destination: "/", want: "-rw-r--r-- 0:0 14 /main.css\n"},
		{name: "a file", source: dir + "/index.html", destination: "/etc/x", want: "-rw-r--r-- 0:0 12 /etc/x\n"},
		{name: "a file into a folder", source: dir + "/index.html", destination: "/etc/", want: "-rw-r--r-- 0:0 12 /etc/index.html\n"},
		{name: "a file by a link", source: dir + "/home.html", destination: "/etc/", want: "-rw-r--r-- 0:0 12 /etc/home.html\n"},
		{name: "a pattern", source: dir + "/*.html", destination: "/etc/",
			want: "Lrwxrwxrwx 0:0 0 /etc/home.html -> index.html\n-rw-r--r-- 0:0 12 /etc/index.html\n"},
		{name: "folders by a pattern", source: dir + "/c*", destination: "/etc/", want: "drwxr-xr-x 0:0 0 /etc/css\n-rw-r--r-- 0:0 14 /etc/css/main.css\n"},
		{name: "a mode", source: dir + "/css", destination: "/srv", rules: Rules{Mode: 0o640, UID: 1, GID: 2},
			want: "drwxr-x--- 1:2 0 /srv\n-rw-r----- 1:2 14 /srv/main.css\n"},
		{name: "special bits", source: dir + "/css", destination: "/srv", rules: Rules{Mode: 0o755 | fs.ModeSetuid | fs.ModeSticky, SpecialBits: true},
			want: "dtrwxr-xr-x 0:0 0 /srv\nurwxr-xr-x 0:0 14 /srv/main.css\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Files(t.Context(), test.source, test.destination, test.rules)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, listing(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNameOfAPattern: a file can have a name that looks like a pattern.
func TestNameOfAPattern(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "[a].html", 0o644)
	got, err := Files(t.Context(), dir+"/[a].html", "/srv/", Rules{})
	if err != nil || len(got) != 1 || got[0].Path != "/srv/[a].html" {
		t.Errorf("got %s, %v", listing(got), err)
	}
}

// TestOnWindows: what can be run is told by its content.
func TestOnWindows(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "script", 0o600)
	for name, text := range map[string]string{"program": "\x7fELF\x02", "page.html": "<html>", "empty": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := collector{ctx: t.Context(), windows: true}
	if err := c.path(dir, "/x"); err != nil {
		t.Fatal(err)
	}
	const want = "drwxr-xr-x 0:0 0 /x\n-rw-r--r-- 0:0 0 /x/empty\n-rw-r--r-- 0:0 6 /x/page.html\n-rwxr-xr-x 0:0 5 /x/program\n-rwxr-xr-x 0:0 8 /x/script\n"
	if diff := cmp.Diff(want, listing(c.found)); diff != "" {
		t.Error(diff)
	}
	tooltest.Symlink(t, "/etc/passwd", filepath.Join(dir, "link"))
	if err := c.path(dir, "/x"); err == nil || !strings.Contains(err.Error(), "a path of Windows") {
		t.Errorf("got %v", err)
	}
}

func TestRefused(t *testing.T) {
	dir := site(t)
	put(t, dir, "su", 0o755|fs.ModeSetuid)
	tests := []struct{ name, source, destination, want string }{
		{"nothing there", dir + "/none", "/srv", dir + "/none: " + syscall.ENOENT.Error()},
		{"nothing matches", dir + "/*.php", "/srv/", "nothing matches " + dir + "/*.php"},
		{"a bad pattern", dir + "/[", "/srv/", "syntax error in pattern"},
		{"a pattern into no folder", dir + "/*.html", "/srv", "is a pattern, so the destination must be a folder: write /srv/"},
		{"a device", "/dev/null", "/srv", "/dev/null is a device, neither a file, a folder nor a link: leave it out"},
		{"set-user-ID", dir, "/srv", dir + "/su is set-user-ID or set-group-ID (urwxr-xr-x): set special_bits = true"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Files(t.Context(), test.source, test.destination, Rules{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Files(ctx, dir, "/srv", Rules{}); !errors.Is(err, context.Canceled) {
		t.Errorf("when it is not wanted any more: %v", err)
	}
	got, err := Files(t.Context(), dir+"/su", "/srv/", Rules{SpecialBits: true})
	if err != nil || listing(got) != "urwxr-xr-x 0:0 4 /srv/su\n" {
		t.Errorf("with special_bits: %s, %v", listing(got), err)
	}
	if got, err = Files(t.Context(), dir+"/su", "/srv/", Rules{Mode: 0o755}); err != nil || listing(got) != "-rwxr-xr-x 0:0 4 /srv/su\n" {
		t.Errorf("with mode: %s, %v", listing(got), err)
	}
}

func TestText(t *testing.T) {
	e := Text("hello\n", "/etc/greeting", Rules{UID: 7})
	if listing([]tree.Entry{e}) != "-rw-r--r-- 7:0 6 /etc/greeting\n" || read(t, e) != "hello\n" {
		t.Errorf("got %v", e)
	}
	if e := Text("", "/etc/x", Rules{Mode: 0o600}); e.Mode != 0o600 || e.Size() != 0 {
		t.Errorf("got %v", e)
	}
}

func read(t *testing.T, e tree.Entry) string {
	t.Helper()
	data, err := io.ReadAll(content.NewReader(e.Content))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestContent: it is what was there when the files were collected, or an error.
func TestContent(t *testing.T) {
	dir := site(t)
	path := filepath.Join(dir, "index.html")
	collect := func() tree.Entry {
		got, err := Files(t.Context(), path, "/x", Rules{})
		if err != nil {
			t.Fatal(err)
		}
		return got[0]
	}
	e := collect()
	if got := read(t, e); got != "#!index.html" {
		t.Errorf("got %q", got)
	}
	wants := func(e tree.Entry, want string) {
		t.Helper()
		if err := content.Copy(t.Context(), io.Discard, e.Content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
	if err := os.Chtimes(path, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	wants(e, path+" has changed since the bake began")
	e = collect()
	if err := os.Truncate(path, 3); err != nil {
		t.Fatal(err)
	}
	wants(e, path+" has changed since the bake began")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wants(e, path+" has vanished since the bake began")
}

func TestParseMode(t *testing.T) {
	for text, want := range map[string]fs.FileMode{
		"0644": 0o644, "644": 0o644, "755": 0o755, "1777": 0o777 | fs.ModeSticky, "4755": 0o755 | fs.ModeSetuid, "02755": 0o755 | fs.ModeSetgid,
	} {
		if got, err := ParseMode(text); err != nil || got != want {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "888", "u+x", "-644", "17777", "rw-r--r--", "0o644"} {
		if _, err := ParseMode(text); err == nil || !strings.Contains(err.Error(), "is no mode: give one in octal digits") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
