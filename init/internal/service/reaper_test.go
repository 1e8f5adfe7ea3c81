//go:build linux

package service

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// TestReaper is PID 1 of a PID namespace of its own, where many programs leave
// many orphans, over 10,000: each status arrives, be it os/exec or the reaper
// that waits for it, and no zombie stays.
func TestReaper(t *testing.T) {
	if os.Getenv("MACHINE_TEST_REAPER") != "" {
		reapAll(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestReaper$", "-test.v")
	cmd.Env = append(os.Environ(), "MACHINE_TEST_REAPER=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil {
		t.Skipf("this machine gives no PID namespace: %v", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func reapAll(t *testing.T) {
	if os.Getpid() != 1 {
		t.Fatalf("process %d", os.Getpid())
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		t.Fatal(err)
	}
	r := NewReaper(kernelapi.Linux())
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	go func() {
		for range children {
			r.Reap()
		}
	}()
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() { storm(t, r, worker) })
	}
	all.Wait()
	var zombies []string
	for range 100 {
		time.Sleep(50 * time.Millisecond)
		if zombies = others(t); len(zombies) == 0 {
			return
		}
	}
	t.Errorf("left: %v", zombies)
}

// The storm of orphans: each program leaves some, and ends at once as they do.
const (
	workers   = 4
	byExec    = 1000 / workers // programs that os/exec waits for
	byReaper  = 100 / workers  // programs that the reaper waits for
	byProgram = 10             // orphans of each
)

// storm runs programs that leave orphans, and wants the exit status of each.
func storm(t *testing.T, r *Reaper, worker int) {
	script := fmt.Sprintf("i=0; while [ $i -lt %d ]; do (: &); i=$((i+1)); done; exit $0", byProgram)
	for i := range byExec {
		want := (worker + i) % 100
		cmd := exec.Command("/bin/sh", "-c", script, fmt.Sprint(want))
		if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != want {
			t.Errorf("os/exec: %v, want exit status %d", err, want)
		}
		if i >= byReaper {
			continue
		}
		_, status, err := r.Start("/bin/sh", []string{"sh", "-c", script, fmt.Sprint(want)}, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
		if err != nil {
			t.Error(err)
			return
		}
		if s := <-status; s.ExitStatus() != want {
			t.Errorf("the reaper: exit status %d, want %d", s.ExitStatus(), want)
		}
	}
}

// others lists the processes of the namespace but for this one.
func others(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		if name := e.Name(); strings.Trim(name, "0123456789") == "" && name != "1" {
			found = append(found, name)
		}
	}
	return found
}
