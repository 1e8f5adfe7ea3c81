//go:build linux

package service

import (
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// shell is a service that runs a script.
func shell(name, script string, s config.Service) Unit {
	s.Path, s.Args = "/bin/sh", []string{"-c", script}
	return Unit{Name: name, Service: s}
}

// runs a script until it is stopped, as a service does.
const forever = `trap 'exit 0' TERM; while :; do sleep 0.02; done`

// add adds a service to a machine.
func (m machine) add(t *testing.T, u Unit) *Service {
	t.Helper()
	s, err := m.set.Add(u)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// awaitShown waits until a text is shown so often.
func (m machine) awaitShown(t *testing.T, text string, times int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); strings.Count(m.Shown(), text) < times; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q is not shown %d times in:\n%s", text, times, m.Shown())
		}
	}
}

// TestOrderOfStart: a oneshot has ended, and a service with a check been well, before
// what is after it starts.
func TestOrderOfStart(t *testing.T) {
	f := supervised(t, "echo app starts; "+forever)
	f.Service.After = []string{"migrate", "database"}
	f.Kernel.Kernel.After = time.After
	f.WriteFile(t, "run/here", "")
	f.add(t, shell("migrate", "sleep 0.3; echo migrate ends", config.Service{Kind: config.KindOneshot}))
	database := f.add(t, shell("database", "echo database starts; "+forever, config.Service{Program: config.Program{Check: "notify"}, After: []string{"migrate"}}))
	f.add(t, shell("sidecar", "echo sidecar starts; "+forever, config.Service{}))
	f.set.Start()
	f.awaitShown(t, "database starts", 1)
	f.awaitShown(t, "sidecar starts", 1)
	if phase := f.State().Phase; phase != "waits for database" || strings.Contains(f.Shown(), "app starts") {
		t.Errorf("the program %s:\n%s", phase, f.Shown())
	}
	for database.State().PID == 0 {
		time.Sleep(2 * time.Millisecond)
	}
	database.works()
	f.awaitShown(t, "app starts", 1)
	text := f.Shown()
	if a, b := strings.Index(text, "machine: migrate: done after "), strings.Index(text, "database starts"); a < 0 || b < a {
		t.Errorf("the order is wrong:\n%s", text)
	}
	f.set.Stop("a test")
	f.set.Start()
	for _, member := range f.set.Members()[2:] {
		if state := member.State(); state.Phase != Stopped || state.PID != 0 {
			t.Errorf("%s: %+v", member.Name, state)
		}
	}
}

// TestOneshotFails: nothing starts that is after it, however far; until it is started
// again, and ends well.
func TestOneshotFails(t *testing.T) {
	f := supervised(t, "echo app starts; "+forever)
	f.Service.After = []string{"database"}
	f.Kernel.Kernel.After = time.After
	flag := f.Path("good")
	migrate := f.add(t, shell("migrate", "test -e "+flag, config.Service{Kind: config.KindOneshot}))
	f.add(t, shell("database", "echo database starts; "+forever, config.Service{After: []string{"migrate"}}))
	f.add(t, shell("sidecar", "echo sidecar starts; "+forever, config.Service{}))
	f.set.members = append(f.set.members[1:], f.set.members[0]) // the program last
	f.set.Start()
	f.awaitShown(t, "machine: migrate: exit status 1: NOT STARTING what comes after it: database, app", 1)
	f.awaitShown(t, "sidecar starts", 1)
	if state := migrate.State(); state.Phase != Failed || state.LastExit != "exit status 1" {
		t.Errorf("%+v", state)
	}
	if text := f.Shown(); strings.Contains(text, "app starts") || strings.Contains(text, "database starts") {
		t.Errorf("they start:\n%s", text)
	}
	f.WriteFile(t, "good", "")
	migrate.Start()
	f.awaitShown(t, "app starts", 1)
	f.set.Stop("a test")
}

// TestOneshotEndsMachine: only if its crash loop says so.
func TestOneshotEndsMachine(t *testing.T) {
	f := supervised(t, forever)
	f.Kernel.Kernel.After = time.After
	once := f.add(t, shell("migrate", "exit 3", config.Service{Kind: config.KindOneshot, Program: config.Program{
		CrashLoop: config.CrashLoop{Failures: 1, Action: config.ActionHalt},
	}}))
	f.set.Start()
	if end := <-f.set.Ended(); end.Service != once || end.Action != config.ActionHalt || end.Cause != "the service migrate failed 1 times within 5m0s" {
		t.Errorf("%+v", end)
	}
	f.set.Stop("a test")
}

// TestUnusable: what a layer made of a service is reported, and nothing waits for it in
// vain without a word.
func TestUnusable(t *testing.T) {
	f := supervised(t, forever)
	f.Kernel.Kernel.After = time.After
	bad := f.add(t, Unit{Name: "Bad", Service: config.Service{Kind: "cron"}})
	after := f.add(t, shell("after", "true", config.Service{After: []string{"Bad"}}))
	f.set.Start()
	f.awaitShown(t, "machine: Bad: not started: name must be", 1)
	f.awaitShown(t, `machine: Bad: not started: kind must be simple, oneshot or timer, not "cron"`, 1)
	f.awaitShown(t, "machine: Bad: not started: services.Bad.path is missing", 1)
	for after.State().Phase != "waits for Bad" || bad.State().Phase != Failed {
		time.Sleep(2 * time.Millisecond)
	}
	f.set.Stop("a test")
}
