package container

import (
	"archive/tar"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// TestUmoci: what umoci, an independent reader, unpacks of an image of 40 layers of
// whiteouts, links and replaced folders is what we read: each name's type, mode, owner,
// time, links, device and content.
func TestUmoci(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("owners and devices need root")
	}
	for seed := range int64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			b := newBuild(t)
			for _, files := range messy(rand.New(rand.NewSource(seed)), 40) {
				b.add(gzipped, archived(t, files...)) // umoci 0.4.7 reads no zstd
			}
			reference := b.layout()
			_, ours, err := open(t, newCache(t), reference)
			if err != nil {
				t.Fatal(err)
			}
			root := filepath.Join(t.TempDir(), "root")
			tooltest.Run(t, "umoci", "raw", "unpack", "--image", b.dir+":latest", root)
			want, got := onDisk(t, root), inTree(t, ours.Entries())
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("umoci's (-) and ours (+):\n%s", diff)
			}
			t.Logf("%d names", len(got))
		})
	}
}

// messy makes layers of a few names, so that each is often replaced, removed or linked.
func messy(random *rand.Rand, count int) [][]file {
	names := strings.Split("abcdefgh", "")
	pick := func() string {
		p := names[random.Intn(len(names))]
		for random.Intn(3) > 0 {
			p += "/" + names[random.Intn(len(names))]
		}
		return p
	}
	// As docker's build does it, a layer first says what is gone.
	state := map[string]byte{} // types of what is there, by path
	gone := func(p string) {
		for q := range state {
			if q == p || strings.HasPrefix(q, p+"/") {
				delete(state, q)
			}
		}
	}
	var all [][]file
	for range count {
		var layer []file
		seen := map[string]bool{}
		for range 40 {
			p := pick()
			dir, name := filepath.Split(p)
			if seen[p] || !folders(state, filepath.Dir(p)) {
				continue
			}
			seen[p] = true
			mode, uid, gid := int64(random.Intn(0o10000)), random.Intn(70000), random.Intn(70000)
			put := func(kind byte, h tar.Header) {
				if kind != tar.TypeDir || state[p] != tar.TypeDir {
					gone(p)
				}
				state[p] = kind
				h.Typeflag, h.Name, h.Mode, h.Uid, h.Gid = kind, p, mode, uid, gid
				layer = append(layer, file{Header: h})
			}
			what := random.Intn(20)
			if state[p] == tar.TypeDir && random.Intn(8) > 0 {
				what = 0 // most folders stay
			}
			switch what {
			case 0, 1, 2, 3, 10, 11, 12:
				put(tar.TypeDir, tar.Header{})
			case 4, 5, 13, 14, 15:
				put(tar.TypeReg, tar.Header{})
				last := &layer[len(layer)-1]
				last.body = fmt.Sprint(p, random.Int())
				last.Size = int64(len(last.body))
			case 6:
				put(tar.TypeSymlink, tar.Header{Linkname: "/" + pick()})
			case 7, 16, 17:
				if to := linkable(state, random); to != "" && to != p && !strings.HasPrefix(to, p+"/") {
					gone(p)
					state[p] = tar.TypeReg
					layer = append(layer, hardlink(p, to))
				}
			case 8:
				put(tar.TypeChar, tar.Header{Devmajor: 1, Devminor: 3})
			case 9:
				if _, there := state[p]; there {
					gone(p)
					layer = append(layer, regular(dir+".wh."+name, ""))
				} else if state[filepath.Dir(p)] == tar.TypeDir {
					for q := range state {
						if strings.HasPrefix(q, dir) && !seen[q] {
							delete(state, q)
						}
					}
					layer = append(layer, regular(dir+".wh..wh..opq", ""))
				}
			}
		}
		all = append(all, layer)
	}
	return all
}

// folders reports whether a path is of folders only.
func folders(state map[string]byte, p string) bool {
	for ; p != "."; p = filepath.Dir(p) {
		if state[p] != tar.TypeDir {
			return false
		}
	}
	return true
}

// linkable is a regular file that is there, empty if there is none.
func linkable(state map[string]byte, random *rand.Rand) string {
	var all []string
	for p, kind := range state {
		if kind == tar.TypeReg {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return all[random.Intn(len(all))]
}

// onDisk lists the names below a folder.
func onDisk(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	first := map[uint64]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%s %s %d:%d", strings.TrimPrefix(path, root), info.Mode(), stat.Uid, stat.Gid)
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if first[stat.Ino] == "" {
				first[stat.Ino] = strings.TrimPrefix(path, root)
			}
			line += fmt.Sprintf(" %q is %s", data, first[stat.Ino])
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " -> " + target
		case info.Mode()&fs.ModeDevice != 0:
			line += fmt.Sprintf(" %d, %d", unix.Major(stat.Rdev), unix.Minor(stat.Rdev))
		}
		if !info.IsDir() { // what is put into a folder changes its time
			line += info.ModTime().UTC().Format(" 2006-01-02 15:04:05")
		}
		all = append(all, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// inTree lists the names of a tree in the same way.
func inTree(t *testing.T, entries []tree.Entry) []string {
	t.Helper()
	var all []string
	byPath := map[string]tree.Entry{}
	for _, e := range entries {
		byPath[e.Path] = e
	}
	for _, e := range entries {
		path, is := e.Path, e.Path
		if e.HardLink != "" {
			is = e.HardLink
			e = byPath[is]
		}
		line := fmt.Sprintf("%s %s %d:%d", path, e.Mode, e.UID, e.GID)
		switch {
		case e.Mode.IsRegular():
			var data strings.Builder
			if e.Content != nil {
				if err := content.Copy(t.Context(), &data, e.Content); err != nil {
					t.Fatal(err)
				}
			}
			line += fmt.Sprintf(" %q is %s", data.String(), is)
		case e.Target != "":
			line += " -> " + e.Target
		case e.Mode&fs.ModeDevice != 0:
			line += fmt.Sprintf(" %d, %d", e.Major, e.Minor)
		}
		if !e.Mode.IsDir() {
			line += e.ModTime.UTC().Format(" 2006-01-02 15:04:05")
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}
