package machine

import (
	"cmp"
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/supervise"
)

const (
	// stopTime is what the program has to end itself.
	stopTime = 10 * time.Second
	// dumpTime is what a program that hangs has to say where: a Go program
	// shows its goroutines at SIGQUIT.
	dumpTime = 2 * time.Second
	// drainTime is what is left of the output of a program that has ended.
	drainTime = 200 * time.Millisecond
	// The limits on open files: programs that know better raise theirs.
	softFiles, hardFiles = 1 << 16, 1 << 19
)

// supervise runs the program, again whenever it fails, until the machine is to
// end.
func (p *pid1) supervise() power.Request {
	limit := unix.Rlimit{Cur: softFiles, Max: hardFiles}
	if err := p.kernel.SetLimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		p.Report("program", errors.Wrap(err, "raising the limit on open files"))
	}
	longest, err := config.Duration("program.restart_delay", p.config.Program.RestartDelay, config.DefaultRestartDelay)
	if err != nil {
		p.Report("program", err)
	}
	delay := supervise.Backoff{Longest: longest}
	crashes, onLoop := p.crashLoop()
	for {
		started := p.kernel.Uptime()
		ended, err := p.runProgram()
		if ended != nil {
			return *ended
		}
		if err == nil {
			p.program.Ended("exit status 0")
			return power.Request{Action: power.Off, Cause: "the program has ended"}
		}
		p.program.Ended(err.Error())
		now := p.kernel.Uptime()
		if crashes.Loop(now) {
			p.Report("program", err)
			return onLoop
		}
		wait := delay.Next(now - started)
		p.Report("program", fmt.Errorf("%w; starting it again in %s", err, wait.Round(time.Millisecond)))
		select {
		case r := <-p.requests:
			return r
		case <-p.kernel.After(wait):
		}
	}
}

// crashLoop is what the configuration says of it.
func (p *pid1) crashLoop() (supervise.Crashes, power.Request) {
	c := p.config.Program.CrashLoop
	window := time.Duration(cmp.Or(c.Window, config.DefaultCrashWindow)) * time.Second
	r := power.Request{Action: power.Reboot, Cause: fmt.Sprintf("the program failed %d times within %s", c.Failures, window)}
	switch c.Action {
	case "", config.ActionReboot:
	case config.ActionHalt:
		r.Action = power.Halt
	default:
		p.Report("program", errors.Errorf("starting it again for ever, as there is no action %q at a crash loop but %q and %q",
			c.Action, config.ActionReboot, config.ActionHalt))
		return supervise.Crashes{}, power.Request{}
	}
	return supervise.Crashes{Limit: c.Failures, Window: window}, r
}

// runProgram runs the program once. It returns a request if one came, in which
// case the program has ended too, and else how the program ended, nil for well.
func (p *pid1) runProgram() (*power.Request, error) {
	p.pings.Store(false)
	kills := p.oomKills()
	c, err := p.startProgram()
	if err != nil {
		return nil, err
	}
	p.program.Started(c.pid, p.kernel.Uptime())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	sick := p.watch(ctx)
	var hung error
	var dumped <-chan time.Time
	for {
		select {
		case s := <-c.status:
			p.drain(c.output)
			_ = p.kernel.Kill(-c.pid, syscall.SIGKILL) // what it left behind
			if hung != nil {
				return nil, hung
			}
			return nil, p.exitCause(c.pid, s, kills)
		case hung = <-sick:
			_ = p.kernel.Kill(c.pid, syscall.SIGQUIT)
			dumped = p.kernel.After(dumpTime)
		case <-dumped:
			_ = p.kernel.Kill(-c.pid, syscall.SIGKILL)
		case r := <-p.requests:
			p.Printf("machine: %s: stopping the program", r.Cause)
			p.stopProgram(c)
			p.drain(c.output)
			return &r, nil
		}
	}
}

// stopProgram asks the program to end, and makes it.
func (p *pid1) stopProgram(c child) {
	_ = p.kernel.Kill(c.pid, syscall.SIGTERM)
	select {
	case s := <-c.status:
		if err := exitError(s); err != nil {
			p.Report("program", err)
		}
	case <-p.kernel.After(stopTime):
		p.Report("program", errors.Errorf("it did not end within %s: killing it", stopTime))
		_ = p.kernel.Kill(-c.pid, syscall.SIGKILL)
	}
}

// drain lets the last lines of a program come before what is said of its end.
func (p *pid1) drain(output <-chan struct{}) {
	select {
	case <-output:
	case <-p.kernel.After(drainTime): // its children may go on
	}
}
