package container

import (
	"bytes"
	"path"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// FuzzLayer reads two layers from strangers, one over the other: what comes out is a
// tree, or an error.
func FuzzLayer(f *testing.F) {
	seed := archived(f, folder("d"), regular("d/a", "a"), hardlink("b", "d/a"), symlink("l", "d"), regular("l/c", "c"), regular("d/.wh.a", ""), regular(".wh..wh..opq", ""))
	f.Add(seed, seed)
	f.Add(archived(f, symlink("a", "/b/../c"), symlink("c", "a")), archived(f, regular("a/x", "x")))
	f.Fuzz(func(t *testing.T, lower, upper []byte) {
		r := reader{tree: NewTree(), attributes: map[string][]string{}}
		for _, layer := range [][]byte{lower, upper} {
			if err := r.read(t.Context(), content.Bytes(layer)); err != nil {
				return
			}
		}
		entries := r.tree.Entries()
		complete, err := tree.Complete(entries)
		if err != nil {
			t.Fatal(err)
		}
		if len(complete) != len(entries) {
			t.Fatalf("%d of %d entries have all their folders", len(entries), len(complete))
		}
		for _, e := range entries {
			if e.Content == nil {
				continue
			}
			var b bytes.Buffer
			if err := content.Copy(t.Context(), &b, e.Content); err != nil {
				t.Fatal(err)
			}
			if got, ok := r.tree.Lookup(path.Dir(e.Path)); !ok || !got.Mode.IsDir() {
				t.Fatalf("%s is in no folder", e.Path)
			}
		}
	})
}

// FuzzConfig reads a configuration from strangers, and does with it all that there is.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]},"config":{"Entrypoint":["a"],"Cmd":["b"],` +
		`"Env":["PATH=/bin:","A"],"WorkingDir":"../x","ExposedPorts":{"80/tcp":{},"53/udp":{}},"Volumes":{"/data":{}},"StopSignal":"SIGRTMIN+3",` +
		`"Healthcheck":{"Test":["CMD","x"],"Interval":1}}}`))
	tr := NewTree()
	if err := tr.Put(tree.Entry{Path: "/bin/a", Mode: 0o755, Content: content.Bytes([]byte("#!/bin/a"))}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := parseConfig(raw, "amd64")
		if err != nil {
			return
		}
		c := file.Config
		if !path.IsAbs(Dir(c)) || path.Clean(Dir(c)) != Dir(c) {
			t.Errorf("the folder %q", Dir(c))
		}
		for _, v := range Volumes(c) {
			if !path.IsAbs(v) {
				t.Errorf("the volume %q", v)
			}
		}
		if tcp, _, err := Ports(c); err == nil {
			for _, port := range tcp {
				if port < 1 || port > 65535 {
					t.Errorf("the port %d", port)
				}
			}
		}
		if n, err := StopSignal(c); err == nil && (n < 0 || n > 64) {
			t.Errorf("the signal %d", n)
		}
		if command := Command(c, nil, nil); len(command) > 0 {
			if p, err := tr.Find(command[0], Dir(c), c.Env); err == nil {
				if _, err := tr.Program(p, "amd64"); err == nil {
					t.Errorf("%q is no program", p)
				}
			}
		}
	})
}
