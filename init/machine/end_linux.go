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
	// killTime is what processes have to vanish after SIGKILL.
	killTime = 100 * time.Millisecond
	// endTime is what each of the last things to do has. A disk that does not
	// answer must not keep the machine from its end.
	endTime = 10 * time.Second
)

// ending is something to do before the machine ends.
type ending struct {
	name string
	run  func() error
}

// atEnd has run called when the machine ends, such as to unmount a disk: after
// all other processes have ended, and before whatever was asked for earlier.
func (p *pid1) atEnd(name string, run func() error) {
	p.endingsLock.Lock()
	defer p.endingsLock.Unlock()
	p.endings = append(p.endings, ending{name, run})
}

// end ends the machine in order. It never returns.
func (p *pid1) end(r power.Request) {
	p.Printf("machine: %s: %s", r.Cause, r.Action)
	_ = p.kernel.Kill(-1, syscall.SIGKILL) // everything but PID 1
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
	// Only a kernel without the means gets here.
	p.Report("power", errors.Wrapf(err, "%s failed", r.Action))
	p.Flush(journal.FlushTime)
	p.kernel.Park()
}

// within does something, reports its failure and leaves it behind if it takes
// too long.
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

// leaveWatchdog ends the feeding, so that a machine that hangs at its very end
// is reset. One that is to stay halted is left alone.
func (p *pid1) leaveWatchdog(a power.Action) {
	if p.watchdog == nil {
		return
	}
	p.watchdog.Leave()
	if a == power.Halt {
		p.within(ending{"watchdog", p.watchdog.Disarm})
	}
}
