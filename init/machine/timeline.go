package machine

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// timeline records how a boot spends its time. Stages may run side by side.
type timeline struct {
	now    func() time.Duration // since the kernel started
	kernel time.Duration        // when PID 1 started

	mu        sync.Mutex
	stages    []stageTime
	up        time.Duration // when the machine was up and the program's start was next, or 0
	listening time.Duration // when the program's port first accepted a connection, or 0
}

// stageTime is the start and the duration of a stage.
type stageTime struct {
	name        string
	start, took time.Duration
}

func newTimeline(now func() time.Duration) *timeline {
	return &timeline{now: now, kernel: now()}
}

// stage starts the clock for a stage, and returns a function that stops it.
func (t *timeline) stage(name string) func() {
	start := t.now()
	return func() {
		took := t.now() - start
		t.mu.Lock()
		defer t.mu.Unlock()
		t.stages = append(t.stages, stageTime{name, start, took})
	}
}

// broughtUp records that the machine is up and that the program's start is next.
func (t *timeline) broughtUp() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.up = t.now()
}

// accepts records when the program's port first accepted a connection.
func (t *timeline) accepts() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.listening == 0 {
		t.listening = t.now()
	}
}

// String returns the timeline in one line, with the stages that took a millisecond or
// more: "kernel 1.99s, init 0.03s (modules 12ms, network 4ms), listening at 2.10s".
func (t *timeline) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var long []string
	for _, s := range t.stages {
		if s.took >= time.Millisecond {
			long = append(long, fmt.Sprintf("%s %dms", s.name, s.took.Milliseconds()))
		}
	}
	stages := ""
	if len(long) > 0 {
		stages = " (" + strings.Join(long, ", ") + ")"
	}
	end := fmt.Sprintf("not listening at %.2fs", t.now().Seconds())
	if t.listening > 0 {
		end = fmt.Sprintf("listening at %.2fs", t.listening.Seconds())
	}
	return fmt.Sprintf("kernel %.2fs, init %.2fs%s, %s", t.kernel.Seconds(), (t.up - t.kernel).Seconds(), stages, end)
}

// MarshalJSON returns the timeline as numbers in milliseconds since the kernel started.
// The ms of a stage is its duration. listening is null until it is known.
func (t *timeline) MarshalJSON() ([]byte, error) {
	type stage struct {
		Name  string  `json:"name"`
		Start float64 `json:"start"`
		MS    float64 `json:"ms"`
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	stages := []stage{}
	for _, s := range t.stages {
		stages = append(stages, stage{s.name, milliseconds(s.start), milliseconds(s.took)})
	}
	var listening *float64
	if t.listening > 0 {
		at := milliseconds(t.listening)
		listening = &at
	}
	return json.Marshal(struct {
		Kernel    float64  `json:"kernel"`
		Up        float64  `json:"up"`
		Stages    []stage  `json:"stages"`
		Listening *float64 `json:"listening"`
	}{milliseconds(t.kernel), milliseconds(t.up), stages, listening})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
