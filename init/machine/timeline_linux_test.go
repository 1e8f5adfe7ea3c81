package machine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestTimeline(t *testing.T) {
	now := 2 * time.Second
	line := newTimeline(func() time.Duration { return now })
	for _, s := range []struct {
		name string
		took time.Duration
	}{{"modules", 12 * time.Millisecond}, {"files", 100 * time.Microsecond}, {"network", 4 * time.Millisecond}} {
		stop := line.stage(s.name)
		now += s.took
		stop()
	}
	line.broughtUp()
	now += 80 * time.Millisecond
	if want := "kernel 2.00s, init 0.02s (modules 12ms, network 4ms), not listening at 2.10s"; line.String() != want {
		t.Errorf("%s, want %s", line, want)
	}
	line.accepts()
	now += time.Hour
	line.accepts() // a program that was started again
	if want := "kernel 2.00s, init 0.02s (modules 12ms, network 4ms), listening at 2.10s"; line.String() != want {
		t.Errorf("%s, want %s", line, want)
	}
	got, err := json.Marshal(line)
	want := `{"kernel":2000,"up":2016.1,"stages":[{"name":"modules","start":2000,"ms":12},` +
		`{"name":"files","start":2012,"ms":0.1},{"name":"network","start":2012.1,"ms":4}],"listening":2096.1}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// The tables are the kernel's: one listener, one connection.
const (
	tcpHeader   = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	tcpListener = "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n"
	tcpAccepted = "   1: 0F02000A:0050 0202000A:C350 01 00000000:00000000 02:000005DC 00000000     0        0 4712 2 0 20 4 30 10 -1\n"
	tcp6Socket  = "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0\n"
)

func TestListening(t *testing.T) {
	tests := []struct {
		name, tcp, tcp6, own string
		want                 bool
	}{
		{"nothing", tcpHeader, tcpHeader, "", false},
		{"no tables", "", "", "", false},
		{"a connection", tcpHeader + tcpAccepted, "", "", false},
		{"a listener", tcpHeader + tcpAccepted + tcpListener, "", "", true},
		{"of IPv6", tcpHeader, tcpHeader + tcp6Socket, "", true},
		{"of PID 1 itself", tcpHeader + tcpListener, "", "4711", false},
		{"of both", tcpHeader + tcpListener, tcpHeader + tcp6Socket, "4711", true},
		{"garbage", "a b c 0A\n\x00", "", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.WriteFile(t, "proc/net/tcp", test.tcp)
			f.WriteFile(t, "proc/net/tcp6", test.tcp6)
			f.WriteFile(t, "proc/self/fd/x", "")
			if err := os.Symlink("socket:["+test.own+"]", filepath.Join(f.Kernel.Kernel.Root, "proc/self/fd/5")); err != nil {
				t.Fatal(err)
			}
			if got := f.listening(); got != test.want {
				t.Errorf("listening is %v, want %v", got, test.want)
			}
		})
	}
}

// TestReportBoot: the line comes when the port accepts, and also without one.
func TestReportBoot(t *testing.T) {
	for _, test := range []struct {
		name, want string
		port       bool
	}{
		{"port", "machine: boot: kernel 0.00s, init 0.00s, listening at 0.02s", true},
		{"none", "machine: boot: kernel 0.00s, init 0.00s, not listening at 30.", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			looks := 0
			f.Kernel.Kernel.After = func(d time.Duration) <-chan time.Time {
				f.Pass(d)
				if looks++; looks == 4 && test.port {
					f.WriteFile(t, "proc/net/tcp", tcpHeader+tcpListener)
				}
				now := make(chan time.Time, 1)
				now <- time.Time{}
				return now
			}
			f.reportBoot()
			f.wantShown(t, test.want)
		})
	}
}
