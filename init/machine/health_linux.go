package machine

import (
	"cmp"
	"context"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/notify"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/probe"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

const (
	// checkNotify is the check that the program answers by itself.
	checkNotify = "notify"
	// notifySocket is where it does.
	notifySocket = "run/notify"
	// The time between two checks, until the program is ready and then.
	readyInterval, checkInterval = 100 * time.Millisecond, 5 * time.Second
)

// health makes ready how the program is checked. Without a check, or with one
// that cannot be, the program works while it runs.
func (p *pid1) health() error {
	switch check := p.config.Program.Check; check {
	case "":
	case checkNotify:
		if _, err := notify.Listen(filepath.Join(p.kernel.Root, notifySocket), p.heard); err != nil {
			return err
		}
		p.check = p.notified
	default:
		asked, err := probe.Parse(check)
		if err != nil {
			return err
		}
		p.check = asked.Try
	}
	return nil
}

// checkTimeout is for how long the program may not work.
func (p *pid1) checkTimeout() time.Duration {
	return time.Duration(cmp.Or(p.config.Program.CheckTimeout, config.DefaultCheckTimeout)) * time.Second
}

// heard takes what the program says.
func (p *pid1) heard(m notify.Message) {
	if m.Watchdog {
		p.pings.Store(true)
	}
	if m.Ready || m.Watchdog {
		p.works()
	}
}

// notified is the check of a program that speaks by itself. One that never said
// WATCHDOG=1 need not.
func (p *pid1) notified(context.Context) error {
	switch ready := p.program.Get().Ready != 0; {
	case !ready:
		return errors.New("it has not said READY=1")
	case p.pings.Load():
		return errors.New("it says WATCHDOG=1 no more")
	}
	return nil
}

// works takes note that the program works.
func (p *pid1) works() {
	now := p.kernel.Uptime()
	if p.program.Works(now) && p.check != nil {
		p.Printf("machine: program: ready after %s", (now - p.program.Get().Started).Round(time.Millisecond))
	}
}

// sick tells whether the program runs but did not work for too long.
func (p *pid1) sick() bool {
	return p.check != nil && p.program.Silent(p.kernel.Uptime()) > p.checkTimeout()
}

// watch checks the program until ctx ends. What it returns says that the
// program has to be ended; with a watchdog that is the watchdog's to do, and
// the machine's end.
func (p *pid1) watch(ctx context.Context) <-chan error {
	if p.check == nil {
		p.works()
		return nil
	}
	sick := make(chan error, 1)
	report.Go(p, "check", func() {
		for reported := false; ctx.Err() == nil; {
			err := p.try(ctx)
			switch {
			case err == nil:
				p.works()
				reported = false
			case p.sick() && !reported:
				reported = true
				p.complain(errors.Wrapf(err, "it has not worked for %s", p.checkTimeout()), sick)
			}
			select {
			case <-p.kernel.After(p.nextCheck()):
			case <-ctx.Done():
			}
		}
	})
	return sick
}

func (p *pid1) complain(err error, sick chan<- error) {
	if p.watchdog == nil {
		sick <- err
		return
	}
	p.Report("program", errors.Wrap(err, "leaving the machine to its watchdog"))
}

// try checks once.
func (p *pid1) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(checkInterval, p.checkTimeout()))
	defer cancel()
	return p.check(ctx)
}

func (p *pid1) nextCheck() time.Duration {
	if p.program.Get().Ready == 0 {
		return readyInterval
	}
	return min(checkInterval, p.checkTimeout()/4)
}
