package machine

import (
	"fmt"
	"strings"
	"time"
)

// timeline is where the time of a boot went.
type timeline struct {
	now    func() time.Duration // since the kernel started
	kernel time.Duration        // when PID 1 started
	stages []stageTime
}

type stageTime struct {
	name string
	took time.Duration
}

// stage starts the clock for a stage and returns what stops it.
func (t *timeline) stage(name string) func() {
	start := t.now()
	return func() { t.stages = append(t.stages, stageTime{name, t.now() - start}) }
}

// String is the timeline up to now, with the stages that took a millisecond or
// more: "kernel 1.99s, init 0.03s (modules 12ms, network 4ms), at 2.02s".
func (t timeline) String() string {
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
	now := t.now()
	return fmt.Sprintf("kernel %.2fs, init %.2fs%s, at %.2fs",
		t.kernel.Seconds(), (now - t.kernel).Seconds(), stages, now.Seconds())
}
