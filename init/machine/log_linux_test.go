package machine

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// TestLogServer: the server gets what was before the configuration was read,
// what the program says, and what the consoles do not show.
func TestLogServer(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	f := newFake(t)
	close(f.names.online)
	f.console.printf("machine: early")
	f.config.Hostname = "web"
	f.config.Log = config.Log{Server: "udp://" + server.LocalAddr().String(), Level: "warning"}
	if err := f.log(); err != nil {
		t.Fatal(err)
	}
	f.console.copy(strings.NewReader("<5>noted\n<4>a warning\n"))
	buffer := make([]byte, 4096)
	for _, want := range []string{
		`<30>1 Z web machine - - [meta sequenceId="1"] machine: early`,
		`<13>1 Z web program - - [meta sequenceId="2"] noted`,
		`<12>1 Z web program - - [meta sequenceId="3"] a warning`,
	} {
		if err := server.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, _, err := server.ReadFrom(buffer)
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.SplitN(string(buffer[:n]), " ", 3)
		if at, err := time.Parse(time.RFC3339Nano, fields[1]); err != nil || time.Since(at) > time.Minute {
			t.Errorf("the time is %s, %v", fields[1], err)
		}
		if got := fields[0] + " Z " + fields[2]; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if text := f.shown(); text != "machine: early\r\na warning\r\n" {
		t.Errorf("the console shows %q", text)
	}
}

func TestLogBad(t *testing.T) {
	tests := []struct {
		name, failure, shown string
		log                  config.Log
	}{
		{"nothing", "", "", config.Log{}},
		{"level", "", `log.level must be emerg, alert, crit, err, warning, notice, info or debug, not "loud"`, config.Log{Level: "loud"}},
		{"server", "log.server: the syslog server must be udp://", "", config.Log{Server: "10.0.2.2"}},
		{"no TLS", "this init was built without TLS: give machine.Run the option machine.WithLogTLS", "", config.Log{Server: "tls://10.0.2.2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.config.Log = test.log
			err := f.log()
			if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
				t.Errorf("failed with %v, want %q", err, test.failure)
			}
			f.wantShown(t, test.shown)
		})
	}
}

// TestLogTLS: the option is what connects, with the configuration's authority.
func TestLogTLS(t *testing.T) {
	f := newFake(t)
	dialled := make(chan string, 10)
	WithLogTLS(func(_ context.Context, address, authorities string) (net.Conn, error) {
		dialled <- address + " by " + authorities
		return nil, errors.New("unknown authority")
	})(&f.settings)
	close(f.names.online)
	f.config.Log = config.Log{Server: "tls://10.0.2.2", CA: "PEM"}
	if err := f.log(); err != nil {
		t.Fatal(err)
	}
	f.console.printf("x")
	if got := <-dialled; got != "10.0.2.2:6514 by PEM" {
		t.Errorf("dialled %s", got)
	}
}

// TestKernelLog: the kernel's messages are in the log and not on the consoles.
func TestKernelLog(t *testing.T) {
	f := newFake(t)
	f.clock = 10 * time.Second
	f.kernelLog() // there is no /dev/kmsg
	f.wantShown(t, "machine: kernel log: open ")
	f.write(t, "dev/kmsg", "3,1,4000000,-;e1000: no link\n")
	f.kernelLog()
	f.wantShown(t, "machine: kernel log: reading the kernel's messages: EOF")
	var found bool
	for _, l := range f.console.last.Last(-1) {
		if l.Source == fromKernel {
			found = true
			if ago := time.Since(l.Time).Round(time.Second); l.Text != "e1000: no link" || l.Severity != 3 || ago != 6*time.Second {
				t.Errorf("%+v, %s ago", l, ago)
			}
		}
	}
	if !found || strings.Contains(f.shown(), "no link") {
		t.Errorf("in the log: %v; on the console:\n%s", found, f.shown())
	}
}

// TestLastCrash: what the kernel saved is shown, its end at least, and removed.
func TestLastCrash(t *testing.T) {
	f := newFake(t)
	f.lastCrash() // a kernel without pstore
	if f.called() != "" || f.shown() != "" {
		t.Errorf("without pstore: %s, %q", f.called(), f.shown())
	}
	f.write(t, pstore+"/console-ramoops-0", "of a good boot")
	f.write(t, pstore+"/dmesg-ramoops-0", "Panic#1 Part1\n"+strings.Repeat("before\n", 2*crashShown)+"Kernel panic - not syncing")
	f.lastCrash()
	f.wantShown(t, "machine: crash: the machine's last run ended with: Panic (dmesg-ramoops-0)", "machine: crash: Kernel panic - not syncing\r\n")
	if n := strings.Count(f.shown(), "\n"); n != 1+crashShown {
		t.Errorf("%d lines are shown", n)
	}
	if n := len(f.console.last.Last(-1)); n != 2+2*crashShown {
		t.Errorf("%d lines are in the log", n)
	}
	left, _ := os.ReadDir(filepath.Join(f.sys.root, pstore))
	if len(left) != 1 || left[0].Name() != "console-ramoops-0" {
		t.Errorf("left are %v", left)
	}
	if f.called() != "mount pstore pstore" {
		t.Errorf("calls: %s", f.called())
	}
}

// TestServiceSees: a service can show the log and the timeline.
func TestServiceSees(t *testing.T) {
	f := newFake(t)
	f.console.printf("first")
	f.console.copy(strings.NewReader("<3>second\n"))
	lines := machine{f.pid1}.Log(1)
	if len(lines) != 1 || !strings.HasSuffix(lines[0], "Z program.err: second") {
		t.Errorf("the log is %q", lines)
	}
	if text, err := (machine{f.pid1}).Timeline().MarshalJSON(); err != nil || !strings.HasPrefix(string(text), `{"kernel":`) {
		t.Errorf("the timeline is %s, %v", text, err)
	}
}
