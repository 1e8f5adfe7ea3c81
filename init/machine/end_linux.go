package machine

import (
	"slices"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

const (
	// killTime is how long processes have to vanish after SIGKILL.
	killTime = 100 * time.Millisecond
	// endTime is the time limit for each ending. A disk that does not answer must not
	// keep the machine from ending.
	endTime = 10 * time.Second
)

// ending is something to do before the machine ends.
type ending struct {
	name string
	run  func() error
}

// atEnd registers a function to call when the machine ends, such as one that unmounts a
// disk. Endings run after all other processes have ended, the last registered one
// first.
func (p *pid1) atEnd(name string, run func() error) {
	p.endingsLock.Lock()
	defer p.endingsLock.Unlock()
	p.endings = append(p.endings, ending{name, run})
}

// end ends the machine in order. It never returns.
func (p *pid1) end(r power.Request) {
	p.Printf("machine: %s: %s", r.Cause, r.Action)
	_ = p.kernel.Kill(-1, syscall.SIGKILL) // all processes but PID 1
	<-p.kernel.After(killTime)
	p.endingsLock.Lock()
	endings := slices.Clone(p.endings)
	p.endingsLock.Unlock()
	for _, e := range slices.Backward(endings) {
		p.within(e)
	}
	p.within(ending{"sync", func() error { p.kernel.Sync(); return nil }})
	p.leaveWatchdog(r.Action)
	p.Flush(journal.FlushTime)
	err := p.kernel.Reboot(r.Action.Command())
	// Only a kernel that cannot do this returns here.
	p.Report("power", errors.Wrapf(err, "%s failed", r.Action))
	p.Flush(journal.FlushTime)
	p.kernel.Park()
}

// within runs an ending and reports its failure. It goes on without it after endTime.
func (p *pid1) within(e ending) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer report.Survive(p, e.name)
		if err := e.run(); err != nil {
			p.Report(e.name, err)
		}
	}()
	select {
	case <-done:
	case <-p.kernel.After(endTime):
		p.Report(e.name, errors.Errorf("it did not end within %s: going on without it", endTime))
	}
}

// leaveWatchdog stops feeding the watchdog, so that a machine that hangs while it ends
// is reset. It disarms the watchdog of a machine that shall stay halted.
func (p *pid1) leaveWatchdog(a power.Action) {
	if p.watchdog == nil {
		return
	}
	p.watchdog.Leave()
	if a == power.Halt {
		p.within(ending{"watchdog", p.watchdog.Disarm})
	}
}
