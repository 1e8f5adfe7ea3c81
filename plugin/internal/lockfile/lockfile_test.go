package lockfile

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pkg/errors"
)

const childEnv = "LOCKFILE_TEST_CHILD" // the file to hold

// TestMain lets the test program stand for another build on the same machine,
// which holds a new file until it is killed.
func TestMain(m *testing.M) {
	path, ok := os.LookupEnv(childEnv)
	if !ok {
		os.Exit(m.Run())
	}
	file, err := Create(path, 0o644)
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString("held\n")
	time.Sleep(time.Hour)
	file.Close()
}

// hold starts a process that holds a new file at path.
func hold(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return cmd
}

// TestKilled: what a living process holds stays, what a killed one held goes.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	cmd := hold(t, path)
	if _, err := RemoveAbandoned(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file of a living process is gone: %v", err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed
	if _, err := RemoveAbandoned(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of a killed process is there: %v", err)
	}
}

// TestCreate: a held file can be renamed, and is held under its new name.
func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path, final := filepath.Join(dir, "part"), filepath.Join(dir, "final")
	file, err := Create(path, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, 0o644); !errors.Is(err, os.ErrExist) {
		t.Errorf("the error is %v, want %v", err, os.ErrExist)
	}
	if _, err := file.WriteString("content"); err != nil {
		t.Error(err)
	}
	if err := os.Rename(path, final); err != nil {
		t.Error(err)
	}
	if _, err := RemoveAbandoned(final); err != nil {
		t.Error(err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if content, err := os.ReadFile(final); string(content) != "content" || err != nil {
		t.Errorf("%q, %v", content, err)
	}
}

// TestRace: however often files are taken for abandoned while they are made,
// nobody is left with one that is gone.
func TestRace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	stop := make(chan struct{})
	var cleaner sync.WaitGroup
	cleaner.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = RemoveAbandoned(path) // whether it is there or not
			}
		}
	})
	for made := 0; made < 200; {
		file, err := Create(path, 0o644)
		if errors.Is(err, os.ErrExist) || errors.Is(err, os.ErrPermission) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !isAt(file, path) {
			t.Fatal("a held file is gone")
		}
		made++
		if err := remove(file); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	cleaner.Wait()
}

// TestAcquire: one at a time has the lock, and no file is left.
func TestAcquire(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lock")
	var group sync.WaitGroup
	var holders atomic.Int32
	for range 16 {
		group.Go(func() {
			release, err := Acquire(t.Context(), path, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if n := holders.Add(1); n != 1 {
				t.Errorf("%d have the lock", n)
			}
			holders.Add(-1)
			release()
		})
	}
	group.Wait()
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestAcquireCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := Acquire(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Acquire(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
