package machine

import (
	"testing"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// TestStageGoesOn: the next stage runs after an error or a panic in a stage.
func TestStageGoesOn(t *testing.T) {
	f := newFake(t)
	f.stage("first", func() error { return errors.New("no such thing") })
	f.stage("second", func() error { panic("a fault") })
	reached := false
	f.stage("third", func() error { reached = true; return nil })
	if !reached {
		t.Error("the third stage did not run")
	}
	f.wantShown(t, "machine: first: no such thing\r\n", "machine: second: panic: a fault", "stages_linux_test.go")
}

// TestBackground: work beside the stages survives a panic.
func TestBackground(t *testing.T) {
	f := newFake(t)
	runs := make(chan int, 2)
	n := 0
	report.Go(f, "watch", func() {
		n++
		runs <- n
		if n == 1 {
			panic("once")
		}
	})
	<-runs
	<-runs
	f.wantShown(t, "machine: watch: panic: once")
}
