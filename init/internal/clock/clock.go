//go:build linux

package clock

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/clock/sntp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// patience is how long the program's start waits for a time server, if the
// configuration makes it wait.
const patience = 10 * time.Second

// Clock keeps the machine's time.
type Clock struct {
	kernel  *kernelapi.Kernel
	report  report.Reporter
	config  config.Clock
	servers *servers
	online  <-chan struct{}
	atEnd   func(name string, run func() error)

	settle  sync.Once
	settled chan struct{}

	ask      func(ctx context.Context, server string) (sntp.Answer, error)
	released string // the release date of this package
}

// New returns the machine's clock. It asks time servers once online is closed. It calls
// atEnd to have the hardware clock set when the machine ends.
func New(k *kernelapi.Kernel, r report.Reporter, c config.Clock, online <-chan struct{}, atEnd func(name string, run func() error)) *Clock {
	return &Clock{
		kernel: k, report: r, config: c, servers: newServers(), online: online, atEnd: atEnd,
		settled: make(chan struct{}), ask: sntp.Ask, released: config.Released,
	}
}

// Start makes sure that the clock is not before the machine was made, and keeps it
// right from then on.
func (c *Clock) Start() error {
	floor := c.floor()
	report.Go(c.report, "clock", func() { c.keepTime(floor) })
	c.servers.offer(c.config.Servers)
	was := c.kernel.Clock.Now()
	start := start(was, c.hardwareClock(), floor)
	if start.IsZero() {
		return nil
	}
	if err := c.kernel.Clock.Step(start.Sub(was)); err != nil {
		return errors.Wrapf(err, "setting the clock, which says %s, to %s", stamp(was), stamp(start))
	}
	c.report.Printf("machine: clock: set to %s: %s was before the machine was made", stamp(start), stamp(was))
	return nil
}

// Settled is closed once the clock is as right as it will be: a time server has set it,
// or there is no time server or no network.
func (c *Clock) Settled() <-chan struct{} { return c.settled }

// Offer passes the servers that the network has named. They are ignored if the
// configuration has servers.
func (c *Clock) Offer(servers []netip.Addr) {
	if len(c.config.Servers) > 0 {
		return
	}
	var names []string
	for _, s := range servers {
		names = append(names, s.String())
	}
	c.servers.offer(names)
}

// floor returns the latest time that is known to be past: the date of the bake, if it
// is known, of the kernel, or of this package.
func (c *Clock) floor() time.Time {
	released, _ := time.Parse(time.DateOnly, c.released)
	return latest(time.Unix(c.config.Floor, 0), kernelDate(c.kernel.Version()), released)
}

// hardwareClock reads the hardware clock, because some kernels do not
// (Documentation/ABI/testing/sysfs-class-rtc). It returns zero if there is none.
func (c *Clock) hardwareClock() time.Time {
	content, err := c.kernel.ReadFile("sys/class/rtc/rtc0/since_epoch")
	if err != nil {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// Ready writes File at once if there is no time server or no network, because the clock
// will not get better. Otherwise it waits for a time server, if the configuration makes
// it wait.
func (c *Clock) Ready(network bool) error {
	if len(c.servers.list()) == 0 {
		c.writeFile("no time server is known")
		return nil
	}
	if !network {
		c.writeFile("there is no network")
		return nil
	}
	if !c.config.Wait {
		return nil
	}
	select {
	case <-c.servers.answered:
		return nil
	case <-c.kernel.After(patience):
		return errors.Errorf("no time server has answered for %s: the program starts with the clock at %s", patience, stamp(c.kernel.Clock.Now()))
	}
}

// writeFile writes File, as the clock is settled.
func (c *Clock) writeFile(state string) {
	defer c.settle.Do(func() { close(c.settled) })
	err := os.MkdirAll(filepath.Dir(c.kernel.Path(File)), 0o755)
	if err == nil {
		err = c.kernel.ReplaceFile(File, state+"\n")
	}
	if err != nil {
		c.report.Report("clock", err)
	}
}

// keepTime asks time servers for as long as the machine runs, starting when the machine
// is online.
func (c *Clock) keepTime(floor time.Time) {
	var d discipline
	<-c.online
	for {
		select {
		case <-c.servers.changed: // these servers are asked now
		default:
		}
		server, answer, err := c.askTime(floor)
		var wait time.Duration
		switch {
		case server == "": // no server is known yet
			<-c.servers.changed
			continue
		case err != nil:
			var report bool
			if wait, report = d.failed(); report {
				c.report.Report("clock", errors.Wrapf(err, "asking the time server %s", server))
			}
		default:
			var step bool
			step, wait = d.correct(answer.Offset)
			c.correct(server, answer, step, wait)
		}
		select {
		case <-c.kernel.After(wait):
		case <-c.servers.changed:
		}
	}
}

// askTime asks the servers in turn. It returns the first answer, or the last server's
// error. The server is empty if none is known.
func (c *Clock) askTime(floor time.Time) (server string, answer sntp.Answer, err error) {
	for _, server = range c.servers.list() {
		answer, err = c.ask(context.Background(), server)
		if says := c.kernel.Clock.Now().Add(answer.Offset); err == nil && says.Before(floor) {
			err = errors.Errorf("it says %s, which is before this machine was made", stamp(says))
		}
		if err == nil {
			return server, answer, nil
		}
	}
	return server, answer, err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// correct corrects the clock at once or gradually.
func (c *Clock) correct(server string, a sntp.Answer, step bool, poll time.Duration) {
	slew := a.Offset
	if step {
		if err := c.kernel.Clock.Step(a.Offset); err != nil {
			c.report.Report("clock", errors.Wrap(err, "setting the clock"))
			return
		}
		slew = 0
		c.report.Printf("machine: clock: set to %s by %s: it was off by %s", stamp(c.kernel.Clock.Now()), server, a.Offset.Round(time.Millisecond))
	}
	if err := c.kernel.Clock.Slew(slew, a.Delay/2+a.Distance, poll); err != nil {
		c.report.Report("clock", errors.Wrap(err, "slewing the clock"))
		return
	}
	c.servers.first.Do(func() {
		if !step {
			c.report.Printf("machine: clock: confirmed by %s: it is off by %s", server, a.Offset.Round(time.Microsecond))
		}
		c.writeFile("set by " + server)
		c.atEnd("clock", func() error { return c.kernel.Clock.SetHardware(c.kernel.Clock.Now()) })
		close(c.servers.answered)
	})
}
