package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/supervise"
)

// startServices runs the services beside all that follows, until the machine
// ends.
func (p *pid1) startServices() error {
	for _, s := range p.settings.services {
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		delay := supervise.Backoff{Longest: config.DefaultRestartDelay}
		p.background(s.Name, func() {
			p.keepService(ctx, s, &delay)
			close(ended)
		})
		p.atEnd(s.Name, func() error {
			stop()
			<-ended
			return nil
		})
	}
	return nil
}

// keepService runs a service until it is done or ctx ends, again whenever it
// fails.
func (p *pid1) keepService(ctx context.Context, s Service, delay *supervise.Backoff) {
	for ctx.Err() == nil {
		started := p.sys.uptime()
		err := s.Run(ctx, machine{p})
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			if !errors.Is(err, context.Canceled) {
				p.report(s.Name, err)
			}
			return
		}
		wait := delay.Next(p.sys.uptime() - started)
		p.report(s.Name, fmt.Errorf("%w; starting it again in %s", err, wait.Round(time.Millisecond)))
		select {
		case <-ctx.Done():
		case <-p.sys.after(wait):
		}
	}
}

// machine is PID 1 as its services see it.
type machine struct{ p *pid1 }

func (m machine) Config() config.Config { return m.p.config }

func (m machine) Keys() []Key { return m.p.merged.Keys() }

func (m machine) Printf(format string, args ...any) { m.p.console.printf(format, args...) }

func (m machine) Log(n int) []string { return logText(m.p.console.last.Last(n)) }

func (m machine) LogSince(n int) ([]string, int) {
	lines, came := m.p.console.last.Since(n)
	return logText(lines), came
}

func logText(lines []logline.Line) []string {
	var text []string
	now := time.Now()
	for _, l := range lines {
		text = append(text, fmt.Sprintf("%s %s.%s: %s", l.At(now).UTC().Format("2006-01-02T15:04:05.000000Z"), l.Source, l.Severity, l.Text))
	}
	return text
}

func (m machine) Timeline() json.Marshaler { return m.p.timeline }

func (m machine) Program() ProgramState { return m.p.program.Get() }

func (m machine) Leases() []Lease { return m.p.leases.all() }

func (m machine) PowerOff(cause string) { m.p.request(request{powerOff, cause}) }

func (m machine) Reboot(cause string) { m.p.request(request{reboot, cause}) }

func (m machine) Start(path string, argv []string, attr *syscall.ProcAttr) (int, <-chan syscall.WaitStatus, error) {
	return m.p.reaper.start(path, argv, attr)
}
