package rootfs

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

func file(path string, bytes int) tree.Entry {
	return tree.Entry{Path: path, Mode: 0o644, UID: 1000, Content: content.Zeros(int64(bytes))}
}

func folder(path string) tree.Entry {
	return tree.Entry{Path: path, Mode: fs.ModeDir | 0o750, UID: 1000}
}

func link(path, target string) tree.Entry {
	return tree.Entry{Path: path, Mode: fs.ModeSymlink | 0o777, Target: target}
}

// own is what a machine has, in small.
func own() []tree.Entry {
	return []tree.Entry{
		{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
		{Path: "/var/log", Mode: fs.ModeDir | 0o755},
		{Path: "/etc", Mode: fs.ModeDir | 0o755},
		{Path: "/etc/services", Mode: 0o644, Content: content.Zeros(5)},
		link("/var/run", "/run"),
		{Path: "/zone/A", Mode: 0o644, Content: content.Zeros(7)},
		{Path: "/zone/B", HardLink: "/zone/A"},
	}
}

const ownListing = `drwxr-xr-x 0 0 /etc
-rw-r--r-- 0 5 /etc/services
dtrwxrwxrwx 0 0 /tmp
drwxr-xr-x 0 0 /var/log
Lrwxrwxrwx 0 0 /var/run -> /run
-rw-r--r-- 0 7 /zone/A
---------- 0 0 /zone/B = /zone/A
`

func listing(entries []tree.Entry) string {
	var lines strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&lines, "%s %d %d %s", e.Mode, e.UID, e.Size(), e.Path)
		if e.Target != "" {
			fmt.Fprintf(&lines, " -> %s", e.Target)
		}
		if e.HardLink != "" {
			fmt.Fprintf(&lines, " = %s", e.HardLink)
		}
		lines.WriteString("\n")
	}
	return lines.String()
}

func TestMerge(t *testing.T) {
	without := func(lines ...string) string {
		text := ownListing
		for _, line := range lines {
			text = strings.Replace(text, line+"\n", "", 1)
		}
		return text
	}
	const log, run = "drwxr-xr-x 0 0 /var/log", "Lrwxrwxrwx 0 0 /var/run -> /run"
	tests := []struct {
		name   string
		blocks []Block
		want   string
	}{
		{"nothing", nil, ownListing},
		{"a file of the machine's", []Block{{Entries: []tree.Entry{file("/etc/services", 9)}}},
			strings.Replace(ownListing, "-rw-r--r-- 0 5 /etc/services", "-rw-r--r-- 1000 9 /etc/services", 1)},
		{"folders of the machine's", []Block{{Entries: []tree.Entry{folder("/tmp"), folder("/etc"), folder("/dev"), folder("/proc")}}},
			"drwxr-x--- 1000 0 /dev\n" + strings.Replace(ownListing, "dtrwx", "drwxr-x--- 1000 0 /proc\ndtrwx", 1)},
		{"folders of the machine's by name", []Block{{Entries: []tree.Entry{folder("/var/log")}, SetsMode: true, SetsOwner: true}},
			strings.Replace(ownListing, log, "drwxr-x--- 1000 0 /var/log", 1)},
		{"a link in a folder's place", []Block{{Entries: []tree.Entry{link("/var/log", "/data/log")}}},
			strings.Replace(ownListing, log, "Lrwxrwxrwx 0 0 /var/log -> /data/log", 1)},
		{"a folder in a link's place", []Block{{Entries: []tree.Entry{file("/var/run/x", 1)}}}, strings.Replace(ownListing, run, "-rw-r--r-- 1000 1 /var/run/x", 1)},
		{"a file that others are links to", []Block{{Entries: []tree.Entry{file("/zone/A", 1)}}},
			without("-rw-r--r-- 0 7 /zone/A", "---------- 0 0 /zone/B = /zone/A") + "-rw-r--r-- 1000 1 /zone/A\n-rw-r--r-- 0 7 /zone/B\n"},
		{"a folder in two blocks", []Block{
			{Entries: []tree.Entry{folder("/a"), file("/a/1", 1)}},
			{Entries: []tree.Entry{{Path: "/a", Mode: fs.ModeDir | 0o700}, file("/a/2", 2)}},
		}, "drwx------ 0 0 /a\n-rw-r--r-- 1000 1 /a/1\n-rw-r--r-- 1000 2 /a/2\n" + ownListing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Merge(own(), test.blocks, time.Unix(7, 0), true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, listing(got)); diff != "" {
				t.Error(diff)
			}
			for _, e := range got {
				if e.ModTime.Unix() != 7 {
					t.Errorf("%s is of %s", e.Path, e.ModTime)
				}
			}
			if _, err := tree.Complete(got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMergeRefuses(t *testing.T) {
	one := func(entries ...tree.Entry) []Block { return []Block{{Name: "file 1", Entries: entries}} }
	tests := []struct {
		name   string
		blocks []Block
		want   string
	}{
		{"two of one path", append(one(file("/a", 1)), Block{Name: "file 2", Entries: []tree.Entry{file("/a", 2)}}),
			"file 2: /a is already in file 1: give it another destination, or leave one out"},
		{"a folder and a file", append(one(folder("/a")), Block{Name: "file 2", Entries: []tree.Entry{file("/a", 2)}}), "file 2: /a is already in file 1"},
		{"below a file", append(one(file("/a/b/c", 1)), Block{Name: "file 2", Entries: []tree.Entry{file("/a", 2)}}),
			"file 1: /a/b/c cannot be there, as /a is no folder in file 2"},
		{"below a link", one(link("/a", "/b"), file("/a/b", 1)), "file 1: /a/b cannot be there, as /a is no folder in file 1"},
		{"a file in a folder's place", one(file("/var/log", 1)), "file 1: /var/log is a folder of the machine: to put the file into it, end the destination with a slash"},
		{"a file above the machine's", one(file("/zone", 1)), "file 1: /zone must be a folder, for the machine's own /zone/A"},
		{"a link above the machine's", one(link("/zone", "/x")), "file 1: /zone must be a folder, for the machine's own /zone/A"},
		{"the init", one(file("/init", 1)), "file 1: nothing can be put at /init: the machine's init is there"},
		{"the program", one(folder("/app")), "nothing can be put at /app: the program is there"},
		{"a device", one(file("/dev/x", 1)), "nothing can be put at /dev/x: the kernel's own files are there"},
		{"in /sys", one(folder("/sys/x")), "nothing can be put at /sys/x"},
		{"a link in the place of /proc", one(link("/proc", "/x")), "nothing can be put at /proc"},
		{"/run", one(file("/run/x", 1)), "nothing can be put at /run/x: it is empty at each start"},
		{"a module", one(file("/lib/modules/6.1/e1000.ko", 1)), "see the options modules and drivers"},
		{"a link above the modules", one(link("/lib", "usr/lib")), "/lib must be a folder, for /lib/modules: the kernel's modules are there"},
		{"the configuration", one(file("/etc/machine.json", 1)), "nothing can be put at /etc/machine.json: the machine's configuration is there"},
		{"a link above the configuration", one(link("/etc", "/x")), "/etc must be a folder, for /etc/machine.json"},
		{"the hosts", one(file("/etc/hosts", 1)), "nothing can be put at /etc/hosts: the machine writes it, with its own name and addresses"},
		{"the name servers", one(file("/etc/resolv.conf", 1)), "see dns and search in network"},
		{"the machine's id", one(file("/etc/machine-id", 1)), "as no two may have the same"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Merge(own(), test.blocks, time.Time{}, true); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
