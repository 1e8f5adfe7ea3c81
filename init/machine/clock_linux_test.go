package machine

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/sntp"
)

// fakeClock is a clock that a test plays.
func (f *fake) fakeClock() clockSystem {
	return clockSystem{
		now: func() time.Time {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.wall
		},
		kernel:   func() string { return "#1 SMP Debian 6.1.158-1 (2025-11-09)" },
		released: "2025-10-01",
		ask:      func(context.Context, string) (sntp.Answer, error) { return sntp.Answer{}, errors.New("no server") },
		step: func(by time.Duration) error {
			if err := f.call("step " + by.String()); err != nil {
				return err
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.wall = f.wall.Add(by)
			return nil
		},
		slew:        func(offset, _, poll time.Duration) error { return f.call(fmt.Sprintf("slew %s for %s", offset, poll)) },
		setHardware: func(t time.Time) error { return f.call("hardware clock " + stamp(t)) },
	}
}

// TestStartClock: the clock is not before the kernel's date (2025-11-09) and the
// bake's, and the hardware's clock is taken where the kernel did not.
func TestStartClock(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	tests := []struct {
		name, hardware string
		was, floor     time.Time
		called, shown  string
	}{
		{"right", "", at(2026), at(1970), "", ""},
		{"before the kernel", "", time.Date(2025, 11, 8, 0, 0, 0, 0, time.UTC), at(1970), "step 24h0m0s",
			"machine: clock: set to 2025-11-09T00:00:00Z: 2025-11-08T00:00:00Z was before the machine was made\r\n"},
		{"before the bake", "", at(2026), at(2027), "step 8760h0m0s", "set to 2027-01-01T00:00:00Z"},
		{"hardware", "1798761600\n", at(1970), at(1970), "step 499656h0m0s", "set to 2027-01-01T00:00:00Z"},
		{"hardware without sense", "x", at(2026), at(2027), "step 8760h0m0s", "set to 2027-01-01T00:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.wall = test.was
			f.config.Clock.Floor = test.floor.Unix()
			if test.hardware != "" {
				f.write(t, "sys/class/rtc/rtc0/since_epoch", test.hardware)
			}
			if err := f.startClock(); err != nil {
				t.Error(err)
			}
			if f.called() != test.called {
				t.Errorf("%s, want %s", f.called(), test.called)
			}
			if text := f.shown(); !strings.Contains(text, test.shown) || (text == "") != (test.shown == "") {
				t.Errorf("the console shows %q, want %q", text, test.shown)
			}
		})
	}
	f := newFake(t)
	f.wall = time.Date(2025, 11, 8, 0, 0, 0, 0, time.UTC)
	f.failures["step 24h0m0s"] = os.ErrPermission
	if err := f.startClock(); err == nil || !strings.Contains(err.Error(), "setting the clock, which says 2025-11-08T00:00:00Z, to 2025-11-09T00:00:00Z") {
		t.Errorf("failed with %v", err)
	}
}

// timed is a machine whose time servers a test plays: what each says when it is
// asked for the n-th time. tick lets the time until the next question pass.
func timed(t *testing.T, says func(server string, n int) (sntp.Answer, error)) (f *fake, tick chan time.Time) {
	f = newFake(t)
	tick = make(chan time.Time)
	f.sys.after = func(d time.Duration) <-chan time.Time {
		if d == killTime {
			return time.After(0)
		}
		return tick
	}
	close(f.names.online)
	asked := map[string]int{}
	f.sys.clock.ask = func(_ context.Context, server string) (sntp.Answer, error) {
		asked[server]++
		return says(server, asked[server])
	}
	return f, tick
}

// TestKeepTime: set at first, slewed then; the file and the hardware's clock.
func TestKeepTime(t *testing.T) {
	f, tick := timed(t, func(server string, n int) (sntp.Answer, error) {
		switch {
		case server == "a":
			return sntp.Answer{}, errors.New("no answer")
		case n == 1:
			return sntp.Answer{Offset: 5 * 365 * 24 * time.Hour}, nil
		}
		return sntp.Answer{Offset: -3 * time.Millisecond}, nil
	})
	f.wall = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	f.sys.clock.released, f.sys.clock.kernel = "", func() string { return "" }
	f.config.Clock = config.Clock{Servers: []string{"a", "b"}, Wait: true}
	if err := f.startClock(); err != nil {
		t.Fatal(err)
	}
	if err := f.clockReady(); err != nil {
		t.Error(err)
	}
	tick <- time.Time{}
	tick <- time.Time{} // it has been asked in between
	if want := "step 43800h0m0s, slew 0s for 1m4s, slew -3ms for 2m8s"; !strings.HasPrefix(f.called(), want) {
		t.Errorf("%s, want %s", f.called(), want)
	}
	f.wantShown(t, "machine: clock: set to 2025-12-31T00:00:00Z by b: it was off by 43800h0m0s\r\n")
	if got := f.read(t, clockFile); got != "set by b\n" {
		t.Errorf("the file says %q", got)
	}
	f.end(request{powerOff, "a test"})
	if !strings.Contains(f.called(), "kill everything, hardware clock 2025-12-31T00:00:00Z, sync") {
		t.Errorf("at the end: %s", f.called())
	}
}

// TestKeepTimeFails: reported once, and a server that is wrong is not believed.
func TestKeepTimeFails(t *testing.T) {
	f, tick := timed(t, func(string, int) (sntp.Answer, error) {
		return sntp.Answer{Offset: -10 * 365 * 24 * time.Hour}, nil
	})
	f.config.Clock.Servers = []string{"a"}
	if err := f.startClock(); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		tick <- time.Time{}
	}
	f.wantShown(t, "machine: clock: asking the time server a: it says 2016-01-04T00:00:00Z, when this machine was not made\r\n")
	if n := strings.Count(f.shown(), "\n"); n != 1 || f.called() != "" {
		t.Errorf("%d lines; %s", n, f.called())
	}
	close(tick) // the patience, too
	f.config.Clock.Wait = true
	if err := f.clockReady(); err == nil || !strings.Contains(err.Error(), "no time server has answered for 10s") {
		t.Errorf("failed with %v", err)
	}
}

// TestOfferTimeServers: those of a DHCP server are asked, unless the
// configuration names some.
func TestOfferTimeServers(t *testing.T) {
	f, _ := timed(t, func(string, int) (sntp.Answer, error) { return sntp.Answer{Offset: time.Millisecond}, nil })
	if err := f.startClock(); err != nil {
		t.Fatal(err)
	}
	if err := f.clockReady(); err != nil || f.read(t, clockFile) != "no time server is known\n" {
		t.Errorf("without a server: %v", err)
	}
	f.offerTimeServers([]netip.Addr{netip.MustParseAddr("10.0.2.4")})
	<-f.timeServers.answered
	f.wantShown(t, "machine: clock: right by 10.0.2.4: it is off by 1ms\r\n")

	g, _ := timed(t, func(string, int) (sntp.Answer, error) { return sntp.Answer{}, errors.New("no answer") })
	g.config.Clock.Servers = []string{"own"}
	if err := g.startClock(); err != nil {
		t.Fatal(err)
	}
	g.offerTimeServers([]netip.Addr{netip.MustParseAddr("10.0.2.4")})
	if got := g.timeServers.list(); len(got) != 1 || got[0] != "own" {
		t.Errorf("asks %v", got)
	}
}

// TestWaitClock: in a machine, until the file is there.
func TestWaitClock(t *testing.T) {
	t.Setenv(machineEnv, "")
	if err := WaitClock(t.Context()); err != nil {
		t.Errorf("on a laptop: %v", err)
	}
	path := filepath.Join(t.TempDir(), "clock")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- waitFile(ctx, path) }()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	cancel()
	if err := waitFile(ctx, path+"2"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
