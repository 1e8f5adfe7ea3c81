//go:build linux

package service

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service/incoming"
)

// asNew is a script that behaves in one way when the shell was baked, and in another when
// it is the shell that was sent.
func asNew(baked, sent string) string {
	return `case "$(readlink /proc/$$/exe)" in */programs/*) ` + sent + ` ;; *) ` + baked + ` ;; esac`
}

// lives tells its name and goes on.
func lives(name string) string {
	return `trap "echo bye from ` + name + `; exit 0" TERM; echo here is ` + name + `; while :; do sleep 0.02; done`
}

// sentShell returns the shell's ELF file, and puts the dynamic loader that it needs into
// the machine.
func sentShell(t *testing.T, m machine) []byte {
	t.Helper()
	image, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			loader, err := io.ReadAll(p.Open())
			if err != nil {
				t.Fatal(err)
			}
			m.WriteFile(t, strings.TrimRight(string(loader), "\x00"), "")
		}
	}
	return image
}

func sumOf(image []byte) string {
	sum := sha256.Sum256(image)
	return hex.EncodeToString(sum[:])
}

// replaceable returns a machine that runs a script, where time is real but that of the
// trial.
func replaceable(t *testing.T, script string) machine {
	t.Helper()
	f := supervised(t, script)
	f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
		if d == trialTime || d == turnTime {
			d = 300 * time.Millisecond
		}
		return time.After(d)
	}
	t.Cleanup(func() { f.set.Stop("a test") })
	return f
}

// replace puts the shell that is sent in the place of the main program.
func (m machine) replace(t *testing.T, image []byte) (steps, waits string, err error) {
	t.Helper()
	n, err := m.set.Substitute(Main, "alice@laptop")
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.Receive(bytes.NewReader(image), int64(len(image)), sumOf(image)); err != nil {
		t.Fatal(err)
	}
	waits, err = n.Run(func() { steps += "stopped " }, func() { steps += "failed " })
	return steps, waits, err
}

// files are the names of the programs in memory.
func (m machine) files(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(m.Path(incoming.Folder))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestReplace(t *testing.T) {
	f := replaceable(t, asNew(lives("old"), lives("new")))
	image := sentShell(t, f)
	f.Start()
	f.awaitShown(t, "here is old", 1)
	for n := 1; n <= 2; n++ {
		steps, waits, err := f.replace(t, image)
		if steps != "stopped " || waits != "" || err != nil {
			t.Errorf("%q, %q, %v", steps, waits, err)
		}
		f.awaitShown(t, "here is new", n)
		if got := f.files(t); got != 1 {
			t.Errorf("%d programs are kept", got)
		}
	}
	f.WantShown(t, "machine: replaced by alice@laptop: stopping the program", "bye from old",
		"machine: app: runs another program, of ", sumOf(image)[:12]+", by alice@laptop")
	if s := f.State(); s.Substitute != sumOf(image) || s.ReplacedBy != "alice@laptop" || s.Phase != Running {
		t.Errorf("%+v", s)
	}
	f.Restart("a test")
	f.awaitShown(t, "here is new", 3)
}

// TestReplaceFails: a program that does not work is replaced by the one before it.
func TestReplaceFails(t *testing.T) {
	tests := []struct{ name, sent, check, want string }{
		{"exits", "echo new fails; exit 3", "", "exit status 3"},
		{"ends well", "echo new fails; exit 0", "", "it ended with exit status 0"},
		{"is killed", "echo new fails; kill -9 $$", "", "killed by signal 9 (killed)"},
		{"never works", "echo new fails; while :; do sleep 0.02; done", checkNotify, "it has not worked for 1s: it has not said READY=1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := replaceable(t, asNew(lives("old"), test.sent))
			// Even if one failure ends the machine, and it has a watchdog.
			f.CrashLoop = config.CrashLoop{Failures: 1, Action: config.ActionHalt}
			f.set.LeaveToWatchdog()
			if test.check != "" {
				f.Check, f.CheckTimeout = test.check, 1
				f.WriteFile(t, "run/notify", "")
				if err := f.prepareCheck(); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				f.Kernel.Kernel.Uptime = func() time.Duration { return time.Since(start) }
			}
			image := sentShell(t, f)
			f.Start()
			f.awaitShown(t, "here is old", 1)
			steps, _, err := f.replace(t, image)
			if steps != "stopped failed " || err == nil || err.Error() != test.want {
				t.Errorf("%q, %v", steps, err)
			}
			f.awaitShown(t, "here is old", 2)
			f.WantShown(t, "new fails", "machine: app: the new program failed: "+test.want+"; starting the old one again")
			if s := f.State(); s.Substitute != "" || f.files(t) != 0 {
				t.Errorf("%+v, %d programs are kept", s, f.files(t))
			}
			select {
			case end := <-f.set.Ended():
				t.Errorf("it ends the machine: %+v", end)
			default:
			}
		})
	}
}

// TestReplaceStopped: a service that is stopped during the trial is not replaced.
func TestReplaceStopped(t *testing.T) {
	f := replaceable(t, asNew(lives("old"), lives("new")))
	image := sentShell(t, f)
	f.Start()
	go func() {
		f.awaitShown(t, "here is new", 1)
		f.Stop("somebody else")
	}()
	_, _, err := f.replace(t, image)
	if err == nil || !strings.Contains(err.Error(), "stopped before it had shown") || f.State().Substitute != "" {
		t.Errorf("%v, %+v", err, f.State())
	}
}

// TestReplaceOtherKinds: what runs once is tried by its end, and what waits is not tried.
func TestReplaceOtherKinds(t *testing.T) {
	f := replaceable(t, asNew("exit 0", "echo new runs; exit 0"))
	f.Kind = config.KindOneshot
	image := sentShell(t, f)
	f.Start()
	if _, waits, err := f.replace(t, image); waits != "" || err != nil {
		t.Errorf("%q, %v", waits, err)
	}
	f.WantShown(t, "new runs")

	f = replaceable(t, asNew("exit 0", "echo new fails; exit 7"))
	f.Kind = config.KindOneshot
	image = sentShell(t, f)
	if _, _, err := f.replace(t, image); err == nil || err.Error() != "exit status 7" {
		t.Errorf("%v", err)
	}
	f.awaitShown(t, "machine: app: done after", 1) // the old one, again

	f = replaceable(t, "exit 0")
	f.Kind, f.Every = config.KindTimer, "1h"
	image = sentShell(t, f)
	if _, waits, err := f.replace(t, image); waits != "it runs when it is due" || err != nil {
		t.Errorf("%q, %v", waits, err)
	}

	f = replaceable(t, "exit 0")
	f.Service.After = []string{"nobody"}
	image = sentShell(t, f)
	if _, waits, err := f.replace(t, image); waits != "it waits for nobody" || err != nil {
		t.Errorf("%q, %v", waits, err)
	}
}

// TestOneReplacementAtATime: the second is refused until the first is over.
func TestOneReplacementAtATime(t *testing.T) {
	f := replaceable(t, forever)
	first, err := f.set.Substitute(Main, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.set.Substitute(Main, "bob"); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("%v", err)
	}
	first.Close()
	if _, err := f.set.Substitute("nobody", "bob"); err == nil || !strings.Contains(err.Error(), `no service "nobody"`) {
		t.Errorf("%v", err)
	}
	second, err := f.set.Substitute(Main, "bob")
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

// TestReceiveFails: the old program runs on, and nothing is left of the new one, wherever
// its transfer ends.
func TestReceiveFails(t *testing.T) {
	f := replaceable(t, asNew(lives("old"), lives("new")))
	image := sentShell(t, f)
	f.Start()
	f.awaitShown(t, "here is old", 1)
	pid := f.State().PID
	receive := func(r io.Reader) error {
		n, err := f.set.Substitute(Main, "alice")
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		return n.Receive(r, int64(len(image)), sumOf(image))
	}
	for cut := 0; cut < len(image); cut += 1 + len(image)/200 {
		lost := io.MultiReader(bytes.NewReader(image[:cut]), iotest.ErrReader(errors.New("the link is lost")))
		if err := receive(lost); err == nil || !strings.Contains(err.Error(), "the link is lost") {
			t.Fatalf("after %d bytes: %v", cut, err)
		}
		if err := receive(bytes.NewReader(image[:cut])); err == nil || !strings.Contains(err.Error(), "the program ended after") {
			t.Fatalf("after %d bytes: %v", cut, err)
		}
		changed := bytes.Clone(image)
		changed[cut] ^= 1
		if err := receive(bytes.NewReader(changed)); err == nil || !strings.Contains(err.Error(), "it was changed on its way") {
			t.Fatalf("byte %d: %v", cut, err)
		}
	}
	if f.files(t) != 0 || f.State().PID != pid {
		t.Errorf("%d programs are kept; process %d was %d", f.files(t), f.State().PID, pid)
	}
}
