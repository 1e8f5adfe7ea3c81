package machine

import (
	"slices"
	"syscall"
	"time"

	"github.com/pkg/errors"
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
func (p *pid1) end(r request) {
	p.console.printf("machine: %s: %s", r.cause, r.action)
	_ = p.sys.kill(-1, syscall.SIGKILL) // everything but PID 1
	<-p.sys.after(killTime)
	p.endingsLock.Lock()
	endings := slices.Clone(p.endings)
	p.endingsLock.Unlock()
	for _, e := range slices.Backward(endings) {
		p.within(e)
	}
	p.within(ending{"sync", func() error { p.sys.sync(); return nil }})
	p.leaveWatchdog(r.action)
	p.console.flush(flushTime)
	err := p.sys.reboot(rebootCommand[r.action])
	// Only a kernel without the means gets here.
	p.report("power", errors.Wrapf(err, "%s failed", r.action))
	p.console.flush(flushTime)
	p.sys.park()
}

// within does something, reports its failure and leaves it behind if it takes
// too long.
func (p *pid1) within(e ending) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer p.survive(e.name)
		if err := e.run(); err != nil {
			p.report(e.name, err)
		}
	}()
	select {
	case <-done:
	case <-p.sys.after(endTime):
		p.report(e.name, errors.Errorf("it did not end within %s: going on without it", endTime))
	}
}
