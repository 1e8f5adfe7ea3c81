package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// TestSupervised: a program with a user and few rights, which is killed
// and runs out of memory, and comes back each time, until that is too often.
// PID 1 stays small.
func TestSupervised(t *testing.T) {
	c := config.Default()
	c.Program.UID, c.Program.GID = 1000, 1000
	c.Program.ReadOnly, c.Program.Writable = true, []string{"/tmp"}
	c.Program.Check = "http://:80/pid"
	c.Program.CrashLoop = config.CrashLoop{Failures: 4}
	v := vmtest.Machine{Package: testdata(t, "supervised"), Config: c}.Boot(t)

	status := vmtest.Get(t, v, "/read?path=/proc/self/status")
	for _, want := range []string{
		"Uid:\t1000\t1000\t1000\t1000\n", "Gid:\t1000\t1000\t1000\t1000\n", "Groups:\t \n", "NoNewPrivs:\t1\n",
		"CapEff:\t0000000000000400\n", // CAP_NET_BIND_SERVICE is bit 10: port 80 is the proof
	} {
		if !strings.Contains(status, want) {
			t.Errorf("no %q in the program's status:\n%s", want, status)
		}
	}
	for path, want := range map[string]string{"/tmp/x": "written", "/dev/null": "written", "/dev/shm/x": "written",
		"/run/x": "permission denied", "/proc/self/oom_score_adj": "permission denied"} {
		if got := vmtest.Get(t, v, "/write?path="+path); !strings.HasSuffix(got, want) {
			t.Errorf("writing %s: %s, want %s", path, got, want)
		}
	}
	if got := vmtest.Get(t, v, "/read?path=/proc/self/oom_score_adj"); got != "500\n" {
		t.Errorf("oom_score_adj is %q", got)
	}

	vmtest.Expect(t, v, "machine: program: ready after ")
	vmtest.Get(t, v, "/kill")
	vmtest.Expect(t, v, "killed by signal 9 (killed); starting it again")
	before := vmtest.Get(t, v, "/pid")
	vmtest.Get(t, v, "/eat")
	vmtest.Expect(t, v, "Out of memory: Killed process")
	if after := vmtest.Get(t, v, "/pid"); after == before {
		t.Errorf("process %s survived", after)
	}
	rss := residentKiB(t, vmtest.Get(t, v, "/read?path=/proc/1/status"))
	t.Logf("PID 1 takes %.1f MB", float64(rss)/1024)
	if rss > 25*1024 {
		t.Errorf("PID 1 takes %d KiB", rss)
	}

	vmtest.Get(t, v, "/fail")
	vmtest.Expect(t, v, "machine: program: exit status 3; starting it again in ")
	vmtest.Get(t, v, "/pid") // three failures are no loop yet
	vmtest.Get(t, v, "/fail")
	vmtest.WaitOff(t, v)
	if !strings.Contains(v.Console(), "machine: the program failed 4 times within 5m0s: rebooting") {
		t.Error("it did not reboot for that")
	}
}

// residentKiB is the line VmRSS of a process' status.
func residentKiB(t *testing.T, status string) int {
	t.Helper()
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindStringSubmatch(status)
	if found == nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// TestWatchdog: the machine is reset when its program hangs.
func TestWatchdog(t *testing.T) {
	c := config.Default()
	c.Program.Check, c.Program.CheckTimeout = "http://:80/pid", 10
	c.Watchdog.Timeout = 10
	v := vmtest.Machine{Package: testdata(t, "supervised"), Config: c,
		VM: vm.Options{Extra: []string{"-device", "i6300esb", "-action", "watchdog=reset"}}}.Boot(t)
	vmtest.Get(t, v, "/pid")
	time.Sleep(12 * time.Second) // longer than the watchdog waits
	vmtest.Get(t, v, "/pid")
	vmtest.Get(t, v, "/stop")
	vmtest.Expect(t, v, "machine: program: leaving the machine to its watchdog: it has not worked for 10s")
	vmtest.WaitOff(t, v)
	if text := v.Console(); strings.Contains(text, "rebooting") || strings.Contains(text, "powering off") {
		t.Error("it was PID 1 that ended the machine")
	}
}

// TestPanic: a machine whose PID 1 has ended is no dead one, whatever its
// command line says.
func TestPanic(t *testing.T) {
	v := vmtest.Machine{Package: testdata(t, "panics"), Config: config.Default(), Append: "panic=0"}.Boot(t)
	vmtest.Expect(t, v, "panic: on purpose", "Attempted to kill init")
	vmtest.WaitOff(t, v)
}
