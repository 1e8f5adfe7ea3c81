package container

import (
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// maxLinks is how many symbolic links are followed on the way to a file, as in the
// kernel (MAXSYMLINKS, include/linux/namei.h).
const maxLinks = 40

// maxDepth is how many folders may be above a file: as many as fit into the longest
// path (PATH_MAX).
const maxDepth = 2048

var errMissing = errors.New("that is not there")

// walk is on its way through a tree.
type walk struct {
	names []string
	nodes []*node // the root, and one for each name
	links int
}

func (w *walk) here() *node { return w.nodes[len(w.nodes)-1] }

func (w *walk) path() string { return "/" + strings.Join(w.names, "/") }

func (w *walk) enter(name string, n *node) {
	w.names, w.nodes = append(w.names, name), append(w.nodes, n)
}

// leave goes one folder up. Above the root is the root.
func (w *walk) leave() {
	if len(w.names) > 0 {
		w.names, w.nodes = w.names[:len(w.names)-1], w.nodes[:len(w.nodes)-1]
	}
}

// split returns the folder of a path, which is made if it is missing, and the name
// in it.
func (t *Tree) split(p string) (*node, string, error) {
	above, err := t.folder(path.Dir(p), true)
	return above, path.Base(p), errors.Wrap(err, p)
}

// folder is the one at a path.
func (t *Tree) folder(p string, make bool) (*node, error) {
	w, err := t.walk(p, make)
	if err != nil {
		return nil, err
	}
	if !w.here().isDir() {
		return nil, errors.Errorf("%s is no folder", w.path())
	}
	return w.here(), nil
}

// walk goes to where a path leads, with all links followed. Folders that are missing
// are made, or else errMissing.
func (t *Tree) walk(p string, make bool) (*walk, error) {
	w := &walk{nodes: []*node{t.root}}
	todo := strings.Split(p, "/")
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			w.leave()
			continue
		}
		if !w.here().isDir() {
			return nil, errors.Errorf("%s is no folder", w.path())
		}
		next := w.here().children[name]
		if next == nil {
			if !make {
				return nil, errMissing
			}
			next = t.node(tree.Entry{Mode: folderMode})
			w.here().children[name] = next
		}
		if next.isLink() {
			if w.links++; w.links > maxLinks {
				return nil, errors.Errorf("%s/%s leads through more than %d symbolic links", w.path(), name, maxLinks)
			}
			if path.IsAbs(next.entry.Target) {
				w.names, w.nodes = nil, w.nodes[:1]
			}
			todo = append(strings.Split(next.entry.Target, "/"), todo...)
			continue
		}
		if w.enter(name, next); len(w.names) > maxDepth {
			return nil, errors.Errorf("%.80s… is more than %d folders deep", w.path(), maxDepth)
		}
	}
	return w, nil
}

// Lookup returns what a path leads to, with its own path, and whether there is
// anything.
func (t *Tree) Lookup(p string) (tree.Entry, bool) {
	w, err := t.walk(p, false)
	if err != nil {
		return tree.Entry{}, false
	}
	e := *w.here().entry
	e.Path = w.path()
	return e, true
}

// Resolve returns a path without symbolic links above its last name, as far as it is
// there.
func (t *Tree) Resolve(p string) string {
	for dir, rest := path.Dir(p), path.Base(p); ; dir, rest = path.Dir(dir), path.Join(path.Base(dir), rest) {
		if e, ok := t.Lookup(dir); ok {
			return path.Join(e.Path, rest)
		}
		if dir == "/" {
			return p
		}
	}
}
