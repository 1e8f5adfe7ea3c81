package tree

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestComplete: folders come before what is in them, as they were described where
// they were, wherever that is.
func TestComplete(t *testing.T) {
	got, err := Complete([]Entry{
		{Path: "/init", Mode: 0o755},
		{Path: "/srv/www/index.html", Mode: 0o644},
		{Path: "/srv", Mode: fs.ModeDir | 0o700, UID: 1000},
		{Path: "/srv/www/copy.html", HardLink: "/srv/www/index.html"},
		{Path: "/empty", Mode: fs.ModeDir | 0o555},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{Path: "/init", Mode: 0o755},
		{Path: "/srv", Mode: fs.ModeDir | 0o700, UID: 1000},
		{Path: "/srv/www", Mode: fs.ModeDir | 0o755},
		{Path: "/srv/www/index.html", Mode: 0o644},
		{Path: "/srv/www/copy.html", HardLink: "/srv/www/index.html"},
		{Path: "/empty", Mode: fs.ModeDir | 0o555},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCompleteRefuses(t *testing.T) {
	const dir, link = fs.ModeDir | 0o755, fs.ModeSymlink | 0o777
	tests := []struct {
		name    string
		entries []Entry
		want    string
	}{
		{"relative", []Entry{{Path: "init"}}, `"init" is not absolute`},
		{"dots", []Entry{{Path: "/lib/../init"}}, "not absolute and clean"},
		{"root", []Entry{{Path: "/", Mode: dir}}, "not absolute and clean"},
		{"NUL", []Entry{{Path: "/a\x00b"}}, "holds a NUL"},
		{"NUL in a link", []Entry{{Path: "/a", Mode: link, Target: "b\x00"}}, "holds a NUL"},
		{"a link to nothing", []Entry{{Path: "/a", Mode: link}}, "/a is a symbolic link that leads nowhere"},
		{"twice", []Entry{{Path: "/init"}, {Path: "/init"}}, "/init is there twice"},
		{"a folder twice", []Entry{{Path: "/lib", Mode: dir}, {Path: "/lib/x"}, {Path: "/lib", Mode: dir}}, "/lib is there twice"},
		{"file and folder", []Entry{{Path: "/lib"}, {Path: "/lib/x"}}, "/lib, above it, is no folder"},
		{"folder and file", []Entry{{Path: "/lib/x"}, {Path: "/lib"}}, "/lib, above it, is no folder"},
		{"below a file", []Entry{{Path: "/lib"}, {Path: "/lib/x/y"}}, "/lib, above it, is no folder"},
		{"below a link", []Entry{{Path: "/lib", Mode: link, Target: "usr/lib"}, {Path: "/lib/x"}}, "/lib, above it, is no folder"},
		{"a link too early", []Entry{{Path: "/a", HardLink: "/b"}, {Path: "/b"}}, "/a is a hard link to /b, which is no regular file that comes before it"},
		{"a link to a folder", []Entry{{Path: "/b", Mode: dir}, {Path: "/a", HardLink: "/b"}}, "/a is a hard link to /b"},
		{"a link to a link", []Entry{{Path: "/b"}, {Path: "/c", HardLink: "/b"}, {Path: "/a", HardLink: "/c"}}, "/a is a hard link to /c"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Complete(test.entries); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
