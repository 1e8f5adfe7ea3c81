package machine

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestSchedule: each stage needs only what an earlier stage gives, and each gives
// something with a name of its own. Otherwise the boot would wait forever.
func TestSchedule(t *testing.T) {
	given, names := map[string]bool{}, map[string]bool{}
	for _, s := range schedule() {
		for _, need := range split(s.needs) {
			if !given[need] {
				t.Errorf("%s needs %s, which no earlier stage gives", s.name, need)
			}
		}
		if s.gives == "" || given[s.gives] || names[s.name] {
			t.Errorf("%s gives %q", s.name, s.gives)
		}
		given[s.gives], names[s.name] = true, true
	}
}

// picture returns the schedule in the form of ARCHITECTURE.md.
func picture() string {
	var b strings.Builder
	b.WriteString("| stage | needs | gives |\n|---|---|---|\n")
	for _, s := range schedule() {
		name := s.name
		if s.beside {
			name += " (beside the others)"
		}
		b.WriteString("| " + name + " | " + s.needs + " | " + s.gives + " |\n")
	}
	return b.String()
}

func TestPicture(t *testing.T) {
	doc, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), picture()) {
		t.Errorf("ARCHITECTURE.md does not show the boot as it is:\n%s", picture())
	}
}

// TestBringUp: the whole boot comes to its end, on a kernel that has almost nothing.
func TestBringUp(t *testing.T) {
	f := newFake(t)
	// The reaper lives on after the test. It must not take the children of other tests.
	f.Wait = func(int, *syscall.WaitStatus, int, *syscall.Rusage) (int, error) { return 0, nil }
	f.bringUp()
	if f.services == nil || f.services.Members()[0].Path != "/proc/self/exe" {
		t.Error("the program was not made ready")
	}
	f.wantShown(t, "Hello World! This is scratchmachine", "machine: baked config: using the default configuration")
	if text := f.shown(); strings.Contains(text, "goroutine ") {
		t.Error(text)
	}
}
