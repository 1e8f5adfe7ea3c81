package container

import (
	"archive/tar"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// listing is a line for each entry: mode, owner, path, where a link leads, and the
// content.
func listing(t testing.TB, entries []tree.Entry) string {
	t.Helper()
	if _, err := tree.Complete(entries); err != nil {
		t.Error(err)
	}
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %d:%d %s", e.Mode, e.UID, e.GID, e.Path)
		switch {
		case e.HardLink != "":
			fmt.Fprintf(&b, " = %s", e.HardLink)
		case e.Target != "":
			fmt.Fprintf(&b, " -> %s", e.Target)
		case e.Major > 0:
			fmt.Fprintf(&b, " (%d, %d)", e.Major, e.Minor)
		case e.Content != nil:
			var text strings.Builder
			if err := content.Copy(t.Context(), &text, e.Content); err != nil {
				t.Error(err)
			}
			fmt.Fprintf(&b, " %q", text.String())
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestLayers(t *testing.T) {
	const a, b = "-rw-r--r-- 0:0 /d/a \"a\"\n", "-rw-r--r-- 0:0 /d/b \"b\"\n"
	const d = "drwxr-xr-x 0:0 /d\n"
	lower := []file{folder("d"), regular("d/a", "a"), regular("./d/b", "b")}
	tests := []struct {
		name   string
		layers [][]file
		want   string
	}{
		{"one layer", [][]file{lower}, d + a + b},
		{"a whiteout", [][]file{lower, {regular("d/.wh.a", "")}}, d + b},
		{"a whiteout of a folder", [][]file{lower, {regular(".wh.d", "")}}, ""},
		{"a whiteout of nothing", [][]file{lower, {regular(".wh.x", ""), regular("y/.wh.z", "")}}, d + a + b},
		{"a whiteout before what is new", [][]file{lower, {regular("d/.wh.a", ""), regular("d/a", "new")}}, d + strings.Replace(a, `"a"`, `"new"`, 1) + b},
		{"a whiteout after what is new", [][]file{lower, {regular("d/a", "new"), regular("d/.wh.a", "")}}, d + strings.Replace(a, `"a"`, `"new"`, 1) + b},
		{"a whiteout of a folder with something new", [][]file{lower, {regular("d/c", "c"), regular(".wh.d", "")}}, d + "-rw-r--r-- 0:0 /d/c \"c\"\n"},
		{"an opaque folder", [][]file{lower, {folder("d").owned(1, 2), regular("d/.wh..wh..opq", ""), regular("d/c", "c")}},
			"drwxr-xr-x 1:2 /d\n-rw-r--r-- 0:0 /d/c \"c\"\n"},
		{"an opaque folder after what is new", [][]file{lower, {regular("d/c", "c"), regular("d/.wh..wh..opq", "")}}, d + "-rw-r--r-- 0:0 /d/c \"c\"\n"},
		{"AUFS's own files", [][]file{lower, {folder(".wh..wh.plnk"), regular("d/.wh..wh.aufs", "")}}, d + a + b},
		{"a folder anew", [][]file{lower, {folder("d").owned(5, 6).mode(0o1777)}}, "dtrwxrwxrwx 5:6 /d\n" + a + b},
		{"a file in a folder's place", [][]file{lower, {regular("d", "x")}}, "-rw-r--r-- 0:0 /d \"x\"\n"},
		{"a folder in a file's place", [][]file{lower, {folder("d/a"), regular("d/a/x", "x")}}, d + "drwxr-xr-x 0:0 /d/a\n-rw-r--r-- 0:0 /d/a/x \"x\"\n" + b},
		{"a link in a folder's place", [][]file{lower, {symlink("d", "e"), folder("e"), regular("d/c", "c")}},
			"Lrwxrwxrwx 0:0 /d -> e\ndrwxr-xr-x 0:0 /e\n-rw-r--r-- 0:0 /e/c \"c\"\n"},
		{"a folder in a link's place", [][]file{{symlink("d", "e"), folder("e")}, {folder("d"), regular("d/c", "c")}},
			d + "-rw-r--r-- 0:0 /d/c \"c\"\ndrwxr-xr-x 0:0 /e\n"},
		{"through a link", [][]file{{folder("usr/lib"), symlink("lib", "usr/lib")}, {regular("lib/x", "x")}, {regular("lib/.wh.x", ""), regular("lib/y", "y")}},
			"Lrwxrwxrwx 0:0 /lib -> usr/lib\ndrwxr-xr-x 0:0 /usr\ndrwxr-xr-x 0:0 /usr/lib\n-rw-r--r-- 0:0 /usr/lib/y \"y\"\n"},
		{"through a link that would leave the root", [][]file{{symlink("out", "../../../../etc"), symlink("abs", "/etc")}, {regular("out/x", "x"), regular("abs/y", "y")}},
			"Lrwxrwxrwx 0:0 /abs -> /etc\ndrwxr-xr-x 0:0 /etc\n-rw-r--r-- 0:0 /etc/x \"x\"\n-rw-r--r-- 0:0 /etc/y \"y\"\nLrwxrwxrwx 0:0 /out -> ../../../../etc\n"},
		{"hard links", [][]file{lower, {hardlink("z", "d/a"), hardlink("d/0", "/d/a")}, {regular("d/a", "new")}},
			d + "-rw-r--r-- 0:0 /d/0 \"a\"\n" + strings.Replace(a, `"a"`, `"new"`, 1) + b + "---------- 0:0 /z = /d/0\n"},
		{"a hard link to a link", [][]file{lower, {symlink("s", "d/a"), hardlink("t", "s")}}, d + a + b + "Lrwxrwxrwx 0:0 /s -> d/a\nLrwxrwxrwx 0:0 /t -> d/a\n"},
		{"a hard link to itself", [][]file{lower, {hardlink("d/a", "d/a")}}, d + a + b},
		{"bits, owners, devices", [][]file{{
			regular("su", "x").mode(0o6755).owned(1, 2), regular("max", "").owned(1<<32-2, 1<<32-2),
			file{Header: tar.Header{Typeflag: tar.TypeChar, Name: "c", Mode: 0o666, Devmajor: 1, Devminor: 3}},
			file{Header: tar.Header{Typeflag: tar.TypeBlock, Name: "b", Mode: 0o660, Devmajor: 8, Devminor: 1, Gid: 6}},
			file{Header: tar.Header{Typeflag: tar.TypeFifo, Name: "p", Mode: 0o600}},
		}}, "Drw-rw---- 0:6 /b (8, 1)\nDcrw-rw-rw- 0:0 /c (1, 3)\n-rw-r--r-- 4294967294:4294967294 /max\nprw------- 0:0 /p\nugrwxr-xr-x 1:2 /su \"x\"\n"},
		{"the root itself", [][]file{{folder("."), folder("/"), regular("/a/../b", "")}}, "-rw-r--r-- 0:0 /b\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, got, err := open(t, newCache(t), newBuild(t).layers(test.layers...).layout())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, listing(t, got.Entries())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAttributes: nobody is left to wonder why a file's capabilities are gone.
func TestAttributes(t *testing.T) {
	ping := regular("ping", "x").with(func(h *tar.Header) {
		h.PAXRecords = map[string]string{xattrPrefix + "security.capability": "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}
	})
	image, _, err := open(t, newCache(t), newBuild(t).layers([]file{ping}, []file{ping}).layout())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"security.capability": {"/ping"}}, image.Attributes); diff != "" {
		t.Error(diff)
	}
}

// TestAddAndResolve: what a machine adds stays out of the image's way, and follows its
// links.
func TestAddAndResolve(t *testing.T) {
	_, tr, err := open(t, newCache(t), newBuild(t).layers([]file{folder("usr/lib"), symlink("lib", "usr/lib"), regular("etc/passwd", "theirs")}).layout())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []tree.Entry{
		{Path: "/etc/passwd", Mode: 0o600}, {Path: "/etc/group", Mode: 0o600}, {Path: "/lib", Mode: folderMode}, {Path: "/lib/x", Mode: 0o600},
	} {
		if err := tr.Add(e); err != nil {
			t.Error(err)
		}
	}
	tr.Remove("/lib/absent/x")
	const want = "drwxr-xr-x 0:0 /etc\n-rw------- 0:0 /etc/group\n-rw-r--r-- 0:0 /etc/passwd \"theirs\"\nLrwxrwxrwx 0:0 /lib -> usr/lib\n" +
		"drwxr-xr-x 0:0 /usr\ndrwxr-xr-x 0:0 /usr/lib\n-rw------- 0:0 /usr/lib/x\n"
	if diff := cmp.Diff(want, listing(t, tr.Entries())); diff != "" {
		t.Error(diff)
	}
	for path, want := range map[string]string{
		"/lib/modules/6.1/x": "/usr/lib/modules/6.1/x", "/lib": "/lib", "/a/b": "/a/b", "/lib/../../etc/x": "/etc/x",
	} {
		if got := tr.Resolve(path); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
}
