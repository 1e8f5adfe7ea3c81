//go:build linux

package clock

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/clock/sntp"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// machine is a clock on a kernel that the test plays. The test plays the time servers
// too.
type machine struct {
	*kernelfake.Kernel
	*Clock
	endings []func() error
}

func newMachine(t *testing.T, c config.Clock) *machine {
	t.Helper()
	m := &machine{Kernel: kernelfake.New(t)}
	online := make(chan struct{})
	close(online)
	m.Clock = New(m.Kernel.Kernel, m, c, online, func(_ string, run func() error) { m.endings = append(m.endings, run) })
	m.ask = func(context.Context, string) (sntp.Answer, error) { return sntp.Answer{}, errors.New("no server") }
	m.released = "2025-10-01"
	return m
}

// TestStartClock: the clock is not before the kernel's date (2025-11-09) or the bake's.
// It is taken from the hardware clock if the kernel did not do so.
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
			f := newMachine(t, config.Clock{Floor: test.floor.Unix()})
			f.SetWall(test.was)
			if test.hardware != "" {
				f.WriteFile(t, "sys/class/rtc/rtc0/since_epoch", test.hardware)
			}
			if err := f.Start(); err != nil {
				t.Error(err)
			}
			if f.Called() != test.called {
				t.Errorf("%s, want %s", f.Called(), test.called)
			}
			if text := f.Shown(); !strings.Contains(text, test.shown) || (text == "") != (test.shown == "") {
				t.Errorf("the console shows %q, want %q", text, test.shown)
			}
		})
	}
	f := newMachine(t, config.Clock{})
	f.SetWall(time.Date(2025, 11, 8, 0, 0, 0, 0, time.UTC))
	f.Failures["step 24h0m0s"] = os.ErrPermission
	if err := f.Start(); err == nil || !strings.Contains(err.Error(), "setting the clock, which says 2025-11-08T00:00:00Z, to 2025-11-09T00:00:00Z") {
		t.Errorf("failed with %v", err)
	}
}

// timed returns a machine whose time servers the test plays: says returns a server's
// n-th answer. A value on tick ends the wait before the next question.
func timed(t *testing.T, c config.Clock, says func(server string, n int) (sntp.Answer, error)) (f *machine, tick chan time.Time) {
	f = newMachine(t, c)
	tick = make(chan time.Time)
	f.After = func(time.Duration) <-chan time.Time { return tick }
	asked := map[string]int{}
	f.ask = func(_ context.Context, server string) (sntp.Answer, error) {
		asked[server]++
		return says(server, asked[server])
	}
	return f, tick
}

// TestKeepTime: the clock is set at first and slewed later, the file is written, and
// the hardware clock is set at the end.
func TestKeepTime(t *testing.T) {
	f, tick := timed(t, config.Clock{Servers: []string{"a", "b"}, Wait: true}, func(server string, n int) (sntp.Answer, error) {
		switch {
		case server == "a":
			return sntp.Answer{}, errors.New("no answer")
		case n == 1:
			return sntp.Answer{Offset: 5 * 365 * 24 * time.Hour}, nil
		}
		return sntp.Answer{Offset: -3 * time.Millisecond}, nil
	})
	f.SetWall(time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC))
	f.released, f.Version = "", func() string { return "" }
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	if err := f.Ready(true); err != nil {
		t.Error(err)
	}
	tick <- time.Time{}
	tick <- time.Time{} // the server has been asked in between
	if want := "step 43800h0m0s, slew 0s for 1m4s, slew -3ms for 2m8s"; !strings.HasPrefix(f.Called(), want) {
		t.Errorf("%s, want %s", f.Called(), want)
	}
	f.WantShown(t, "machine: clock: set to 2025-12-31T00:00:00Z by b: it was off by 43800h0m0s\r\n")
	if got := f.Content(t, File); got != "set by b\n" {
		t.Errorf("the file says %q", got)
	}
	for _, end := range f.endings {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	if !strings.HasSuffix(f.Called(), "hardware clock 2025-12-31T00:00:00Z") || len(f.endings) != 1 {
		t.Errorf("at the end: %s", f.Called())
	}
}

// TestKeepTimeFails: failures are reported once, and a wrong time is not believed.
func TestKeepTimeFails(t *testing.T) {
	f, tick := timed(t, config.Clock{Servers: []string{"a"}}, func(string, int) (sntp.Answer, error) {
		return sntp.Answer{Offset: -10 * 365 * 24 * time.Hour}, nil
	})
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		tick <- time.Time{}
	}
	f.WantShown(t, "machine: clock: asking the time server a: it says 2016-01-04T00:00:00Z, which is before this machine was made\r\n")
	if n := strings.Count(f.Shown(), "\n"); n != 1 || f.Called() != "" {
		t.Errorf("%d lines; %s", n, f.Called())
	}
	close(tick) // this ends the wait of Ready too
	f.config.Wait = true
	if err := f.Ready(true); err == nil || !strings.Contains(err.Error(), "no time server has answered for 10s") {
		t.Errorf("failed with %v", err)
	}
	if err := f.Ready(false); err != nil || f.Content(t, File) != "there is no network\n" {
		t.Errorf("without a network: %v", err)
	}
}

// TestOffer: the servers from DHCP are asked, unless the configuration names some.
func TestOffer(t *testing.T) {
	f, _ := timed(t, config.Clock{}, func(string, int) (sntp.Answer, error) { return sntp.Answer{Offset: time.Millisecond}, nil })
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	if err := f.Ready(true); err != nil || f.Content(t, File) != "no time server is known\n" {
		t.Errorf("without a server: %v", err)
	}
	f.Offer([]netip.Addr{netip.MustParseAddr("10.0.2.4")})
	<-f.servers.answered
	f.WantShown(t, "machine: clock: confirmed by 10.0.2.4: it is off by 1ms\r\n")

	g, _ := timed(t, config.Clock{Servers: []string{"own"}}, func(string, int) (sntp.Answer, error) { return sntp.Answer{}, errors.New("no answer") })
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	g.Offer([]netip.Addr{netip.MustParseAddr("10.0.2.4")})
	if got := g.servers.list(); len(got) != 1 || got[0] != "own" {
		t.Errorf("asks %v", got)
	}
}
