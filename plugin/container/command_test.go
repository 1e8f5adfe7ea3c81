package container

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

func TestCommand(t *testing.T) {
	c := v1.Config{Entrypoint: []string{"/e", "1"}, Cmd: []string{"2"}}
	for _, test := range []struct{ entrypoint, args, want []string }{
		{nil, nil, []string{"/e", "1", "2"}},
		{nil, []string{"x"}, []string{"/e", "1", "x"}},
		{[]string{"/f"}, nil, []string{"/f"}},
		{[]string{"/f"}, []string{"x"}, []string{"/f", "x"}},
	} {
		if diff := cmp.Diff(test.want, Command(c, test.entrypoint, test.args)); diff != "" {
			t.Error(diff)
		}
	}
	if got := Command(v1.Config{}, nil, nil); len(got) > 0 {
		t.Errorf("nothing runs %q", got)
	}
}

func TestPorts(t *testing.T) {
	c := v1.Config{ExposedPorts: map[string]struct{}{"443/tcp": {}, "80": {}, "80/tcp": {}, "53/udp": {}, "9/sctp": {}}}
	tcp, others, err := Ports(c)
	if diff := cmp.Diff([]int{80, 443}, tcp) + cmp.Diff([]string{"53/udp", "9/sctp"}, others); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, text := range []string{"0", "65536/tcp", "x", "", "-1/tcp", "80-90/tcp"} {
		if _, _, err := Ports(v1.Config{ExposedPorts: map[string]struct{}{text: {}}}); err == nil || !strings.Contains(err.Error(), "the exposed port") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestStopSignal(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "SIGTERM": 15, "term": 15, "QUIT": 3, "9": 9, "SIGWINCH": 28, "SIGSYS": 31, "64": 64, "SIGRTMIN": 34, "SIGRTMIN+3": 37, "RTMIN+30": 64, "SIGRTMAX": 64, "SIGRTMAX-14": 50,
	} {
		if got, err := StopSignal(v1.Config{StopSignal: text}); got != want || err != nil {
			t.Errorf("%q is %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "65", "-1", "SIG", "SIGX", "SIGRTMIN+31", "SIGRTMAX-31", "RTMIN+", "RTMIN-1", "1x"} {
		if got, err := StopSignal(v1.Config{StopSignal: text}); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestVolumes(t *testing.T) {
	got := Volumes(v1.Config{Volumes: map[string]struct{}{"/b": {}, "a/": {}, "/a": {}}})
	if diff := cmp.Diff([]string{"/a", "/b"}, got); diff != "" {
		t.Error(diff)
	}
}

// treeOf is a tree of executable files.
func treeOf(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	tr := NewTree()
	for path, text := range files {
		e := tree.Entry{Path: path, Mode: 0o755, Content: content.Bytes([]byte(text))}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			e = tree.Entry{Path: path, Mode: os.ModeSymlink | 0o777, Target: target}
		}
		if err := tr.Put(e); err != nil {
			t.Fatal(err)
		}
	}
	return tr
}

func TestFind(t *testing.T) {
	tr := treeOf(t, map[string]string{"/usr/bin/a": "x", "/bin": "-> usr/bin", "/opt/a": "x", "/srv/run": "x", "/opt/folder/x": "x"})
	for _, test := range []struct {
		name, dir string
		env       []string
		want      string
	}{
		{"/srv/run", "/", nil, "/srv/run"},
		{"./run", "/srv", nil, "/srv/run"},
		{"a", "/", nil, "/usr/bin/a"},
		{"a", "/", []string{"PATH=/nowhere:/opt:/usr/bin"}, "/opt/a"},
		{"/bin/a", "/", nil, "/bin/a"},
	} {
		if got, err := tr.Find(test.name, test.dir, test.env); got != test.want || err != nil {
			t.Errorf("%s is %s, %v, want %s", test.name, got, err, test.want)
		}
	}
	for name, want := range map[string]string{"b": `the image has no "b", which it is to run, in any folder of PATH (/opt)`, "./b": "the image has no /b", "folder": `no "folder"`} {
		if _, err := tr.Find(name, "/", []string{"PATH=/opt"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProgram: what the kernel could not start is named, with what it misses.
func TestProgram(t *testing.T) {
	own, err := stock.Demo(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	tr := treeOf(t, map[string]string{
		"/static": string(own), "/sh": "-> static", "/script": "#!/sh -e\n", "/env": "#! /script\n", "/lost": "#!/bin/bash\necho", "/loop": "#!/loop\n",
		"/crlf": "#!/sh\r\n", "/text": "echo", "/empty": "", "/none": "#!\n", "/long": "#!/" + strings.Repeat("x", 300) + "\n",
	})
	if err := tr.Put(tree.Entry{Path: "/dir", Mode: folderMode}); err != nil {
		t.Fatal(err)
	}
	if err := tr.Put(tree.Entry{Path: "/data", Mode: 0o644}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/static": "", "/script": "", "/env": "",
		"/lost":  "it needs /bin/bash, which the image does not have",
		"/loop":  "more than 5 interpreters",
		"/crlf":  "/crlf: it is a script with Windows's line ends",
		"/text":  "/text: it is neither an ELF program nor a script",
		"/empty": "/empty: it is neither an ELF program nor a script",
		"/none":  "/none: it is a script whose first line names no interpreter",
		"/long":  "longer than the 256 bytes",
		"/dir":   "/dir is a folder",
		"/data":  "/data is no file that can be executed (-rw-r--r--): run chmod +x",
	} {
		_, err := tr.Program(path, "amd64")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	if _, err := tr.Program("/static", "arm64"); err == nil || !strings.Contains(err.Error(), "build it with GOARCH=arm64") {
		t.Errorf("for arm64: %v", err)
	}
}
