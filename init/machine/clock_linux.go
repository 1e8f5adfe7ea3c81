package machine

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/sntp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/timekeeping"
)

// clockPatience is how long the program's start waits for a time server, if the
// configuration wants it to.
const clockPatience = 10 * time.Second

// startClock sees to it that the clock is not before the machine was made, and keeps
// it right from then on.
func (p *pid1) startClock() error {
	floor := p.clockFloor()
	p.background("clock", func() { p.keepTime(floor) })
	p.timeServers.offer(p.config.Clock.Servers)
	was := p.sys.clock.now()
	start := timekeeping.Start(was, p.hardwareClock(), floor)
	if start.IsZero() {
		return nil
	}
	if err := p.sys.clock.step(start.Sub(was)); err != nil {
		return errors.Wrapf(err, "setting the clock, which says %s, to %s", stamp(was), stamp(start))
	}
	p.console.printf("machine: clock: set to %s: %s was before the machine was made", stamp(start), stamp(was))
	return nil
}

// clockFloor is the latest of what is known to be past: the date of the bake, if
// it was told one, of the kernel, and of this package.
func (p *pid1) clockFloor() time.Time {
	released, _ := time.Parse(time.DateOnly, p.sys.clock.released)
	return timekeeping.Latest(time.Unix(p.config.Clock.Floor, 0), timekeeping.KernelDate(p.sys.clock.kernel()), released)
}

// hardwareClock reads the hardware's clock, which some kernels do not do
// themselves (Documentation/ABI/testing/sysfs-class-rtc). Zero if there is none.
func (p *pid1) hardwareClock() time.Time {
	content, err := os.ReadFile(filepath.Join(p.sys.root, "sys/class/rtc/rtc0/since_epoch"))
	if err != nil {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// clockReady says that the clock is as right as it will be, if there is no time
// server, and else waits for one if the configuration wants it to.
func (p *pid1) clockReady() error {
	if len(p.timeServers.list()) == 0 {
		p.clockIs("no time server is known")
		return nil
	}
	if !p.config.Clock.Wait {
		return nil
	}
	select {
	case <-p.timeServers.answered:
		return nil
	case <-p.sys.after(clockPatience):
		return errors.Errorf("no time server has answered for %s: the program starts with the clock at %s", clockPatience, stamp(p.sys.clock.now()))
	}
}

// clockIs writes clockFile.
func (p *pid1) clockIs(state string) {
	path := filepath.Join(p.sys.root, clockFile)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(state+"\n"), 0o644)
	}
	if err != nil {
		p.report("clock", err)
	}
}

// keepTime asks time servers for as long as the machine runs, from when it has an
// address.
func (p *pid1) keepTime(floor time.Time) {
	var discipline timekeeping.Discipline
	<-p.names.online
	for {
		select {
		case <-p.timeServers.changed: // those that are asked now
		default:
		}
		server, answer, err := p.askTime(floor)
		var wait time.Duration
		switch {
		case server == "": // none is known yet
			<-p.timeServers.changed
			continue
		case err != nil:
			var report bool
			if wait, report = discipline.Failed(); report {
				p.report("clock", errors.Wrapf(err, "asking the time server %s", server))
			}
		default:
			var step bool
			step, wait = discipline.Correct(answer.Offset)
			p.correct(server, answer, step, wait)
		}
		select {
		case <-p.sys.after(wait):
		case <-p.timeServers.changed:
		}
	}
}

// askTime returns the first answer, or the last server's error. The server is
// empty if there is none.
func (p *pid1) askTime(floor time.Time) (server string, answer sntp.Answer, err error) {
	for _, server = range p.timeServers.list() {
		answer, err = p.sys.clock.ask(context.Background(), server)
		if says := p.sys.clock.now().Add(answer.Offset); err == nil && says.Before(floor) {
			err = errors.Errorf("it says %s, when this machine was not made", stamp(says))
		}
		if err == nil {
			return server, answer, nil
		}
	}
	return server, answer, err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
