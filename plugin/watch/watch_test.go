package watch

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

// patience is far more than a change takes to be seen, silence more than it takes.
const patience, silence = 10 * time.Second, 5 * quiet

// folder is a folder with one package, and its sources.
func folder(t *testing.T) (string, program.Sources) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	save(t, file, "package main\n")
	return dir, program.Sources{Files: []string{file}, Packages: []string{dir}}
}

// save writes a file as editors do: a new one takes its place.
func save(t *testing.T, path, text string) {
	t.Helper()
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	if err := os.WriteFile(part, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(part, path); err != nil {
		t.Fatal(err)
	}
}

func start(t *testing.T, s program.Sources) *Watcher {
	t.Helper()
	w, err := New(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestBurst: many saves, one after another, are one change, and what is no source is none.
func TestBurst(t *testing.T) {
	dir, s := folder(t)
	w := start(t, s)
	for range 5 {
		save(t, filepath.Join(dir, "main.go"), "package main\n")
		save(t, filepath.Join(dir, "new.go"), "package main\n")
		time.Sleep(quiet / 6)
	}
	select {
	case name := <-w.Changes():
		if filepath.Dir(name) != dir {
			t.Errorf("%s changed", name)
		}
	case <-time.After(patience):
		t.Fatal("nothing was seen")
	}
	save(t, filepath.Join(dir, "main_test.go"), "package main\n")
	save(t, filepath.Join(dir, "program"), "ELF")
	select {
	case name := <-w.Changes():
		t.Errorf("%s is a change, too", name)
	case <-time.After(silence):
	}
}

// TestSet: the folders that are watched become others.
func TestSet(t *testing.T) {
	old, s := folder(t)
	w := start(t, s)
	dir, s := folder(t)
	if err := w.Set(s); err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(old, "main.go"), "package main\n")
	save(t, filepath.Join(dir, "main.go"), "package main\n")
	select {
	case name := <-w.Changes():
		if name != filepath.Join(dir, "main.go") {
			t.Errorf("%s changed", name)
		}
	case <-time.After(patience):
		t.Fatal("nothing was seen")
	}
}

// TestLoop: a change while it builds ends that build, and only the last is used.
func TestLoop(t *testing.T) {
	dir, s := folder(t)
	w := start(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	building, used, ended := make(chan int), make(chan int), make(chan struct{})
	builds := 0
	go func() {
		defer close(ended)
		Loop{
			Sources: func(context.Context) (program.Sources, error) { return s, nil },
			Build: func(ctx context.Context, _ string) func(context.Context) {
				builds++
				n := builds
				building <- n
				if n == 1 { // a long one
					<-ctx.Done()
					return nil
				}
				return func(context.Context) { used <- n }
			},
		}.Run(ctx, w)
	}()
	expect := func(c <-chan int, want int) {
		t.Helper()
		select {
		case got := <-c:
			if got != want {
				t.Fatalf("build %d, want %d", got, want)
			}
		case <-time.After(patience):
			t.Fatal("nothing happened")
		}
	}
	save(t, filepath.Join(dir, "main.go"), "package main // 1\n")
	expect(building, 1)
	save(t, filepath.Join(dir, "main.go"), "package main // 2\n")
	expect(building, 2)
	expect(used, 2)
	save(t, filepath.Join(dir, "main.go"), "package main // 3\n")
	expect(building, 3)
	expect(used, 3)
	cancel()
	<-ended
}
