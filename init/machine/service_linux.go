package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"syscall"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/supervise"
)

// startServices runs the services beside all that follows, until the machine
// ends.
func (p *pid1) startServices() error {
	for _, s := range p.options.services {
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan struct{})
		delay := supervise.Backoff{Longest: config.DefaultRestartDelay}
		report.Go(p, s.Name, func() {
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
		started := p.kernel.Uptime()
		err := s.Run(ctx, machine{p})
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			if !errors.Is(err, context.Canceled) {
				p.Report(s.Name, err)
			}
			return
		}
		wait := delay.Next(p.kernel.Uptime() - started)
		p.Report(s.Name, fmt.Errorf("%w; starting it again in %s", err, wait.Round(time.Millisecond)))
		select {
		case <-ctx.Done():
		case <-p.kernel.After(wait):
		}
	}
}

// machine is PID 1 as its services see it.
type machine struct{ p *pid1 }

func (m machine) Config() config.Config { return m.p.config }

func (m machine) Keys() []Key { return m.p.settings.Keys() }

func (m machine) Printf(format string, args ...any) { m.p.Printf(format, args...) }

func (m machine) Log(n int) []string { return m.p.Last(n) }

func (m machine) LogSince(n int) ([]string, int) { return m.p.Since(n) }

func (m machine) Timeline() json.Marshaler { return m.p.timeline }

func (m machine) Program() ProgramState { return m.p.program.Get() }

func (m machine) Leases() []Lease { return m.p.leases.all() }

func (m machine) PowerOff(cause string) { m.p.requests.Add(power.Off, cause) }

func (m machine) Reboot(cause string) { m.p.requests.Add(power.Reboot, cause) }

func (m machine) Start(path string, argv []string, attr *syscall.ProcAttr) (int, <-chan syscall.WaitStatus, error) {
	return m.p.reaper.start(path, argv, attr)
}
