package machine

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReaper is PID 1 of a PID namespace of its own, where many programs leave
// many orphans: each status arrives, and no zombie stays.
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
	r := newReaper(linux())
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	go func() {
		for range children {
			r.reap()
		}
	}()
	const programs, orphans = 100, 10
	script := fmt.Sprintf("for i in $(seq %d); do (sleep 0.05 &) ; done; exit $0", orphans)
	for i := range programs {
		want := i % 100
		_, status, err := r.start("/bin/sh", []string{"sh", "-c", script, fmt.Sprint(want)}, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
		if err != nil {
			t.Fatal(err)
		}
		if s := <-status; s.ExitStatus() != want {
			t.Errorf("exit status %d, want %d", s.ExitStatus(), want)
		}
	}
	var zombies []string
	for range 100 {
		time.Sleep(50 * time.Millisecond)
		if zombies = others(t); len(zombies) == 0 {
			return
		}
	}
	t.Errorf("left: %v", zombies)
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

// TestContainer: PID 1 of a container is no machine.
func TestContainer(t *testing.T) {
	if isMachine() {
		t.Error("this test is taken for a machine's init")
	}
}
