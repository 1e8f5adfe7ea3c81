// Package watch tells when a program's sources change, and builds it then.
package watch

import (
	"context"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

// quiet is how long no file may change for a burst of changes to be over: an editor
// writes several files when all are saved, and formats what it has written.
const quiet = 60 * time.Millisecond

// Watcher watches sources.
type Watcher struct {
	notify  *fsnotify.Watcher
	changes chan string

	mu      sync.Mutex
	sources program.Sources
}

// New begins to watch sources, until ctx ends.
func New(ctx context.Context, s program.Sources) (*Watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, errors.Wrap(err, "watching files")
	}
	w := &Watcher{notify: notify, changes: make(chan string, 1)}
	if err := w.Set(s); err != nil {
		_ = notify.Close()
		return nil, err
	}
	go w.collect(ctx)
	return w, nil
}

// Set changes the sources that are watched. Folders are watched, not files: editors put
// a new file in the place of the old one.
func (w *Watcher) Set(s program.Sources) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sources = s
	left := map[string]bool{}
	for _, dir := range w.notify.WatchList() {
		left[dir] = true
	}
	for _, dir := range s.Folders() {
		delete(left, dir)
		if err := w.notify.Add(dir); err != nil {
			return errors.Wrapf(err, "watching %s", dir)
		}
	}
	for dir := range left {
		_ = w.notify.Remove(dir) // it may be gone
	}
	return nil
}

// Changes gives the path of one changed file for each burst of changes. A burst that
// nobody has taken yet stands for those after it, too.
func (w *Watcher) Changes() <-chan string { return w.changes }

// collect makes one change of a burst of them.
func (w *Watcher) collect(ctx context.Context) {
	defer w.notify.Close()
	var changed string
	var over <-chan time.Time
	for {
		select {
		case e := <-w.notify.Events:
			if e.Op != fsnotify.Chmod && w.has(e.Name) {
				changed, over = e.Name, time.After(quiet)
			}
		case <-w.notify.Errors: // the queue was too short: something has changed
			changed, over = "a file", time.After(quiet)
		case <-over:
			over = nil
			select {
			case w.changes <- changed:
			default:
			}
		case <-ctx.Done():
			return
		}
	}
}

func (w *Watcher) has(path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sources.Has(filepath.Clean(path))
}
