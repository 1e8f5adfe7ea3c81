package journal

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// shown returns a journal, and a function that returns what its console has shown.
func shown() (j *Journal, screen func() string) {
	j = New()
	var text bytes.Buffer
	j.AddConsole(&text)
	return j, func() string {
		j.Flush(5 * time.Second)
		return text.String()
	}
}

// online returns the channel of a network that is online.
func online() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// TestLogServer: the server gets the lines from before the configuration was read, the
// program's lines, and the lines that the consoles do not show.
func TestLogServer(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	j, screen := shown()
	j.Printf("machine: early")
	log := config.Log{Server: "udp://" + server.LocalAddr().String(), Level: "warning"}
	if err := j.Configure(log, web, online(), nil); err != nil {
		t.Fatal(err)
	}
	j.Copy(config.Main, strings.NewReader("<5>noted\n<4>a warning\n"))
	buffer := make([]byte, 4096)
	for _, want := range []string{
		`<30>1 Z web machine - - [meta sequenceId="1"] machine: early`,
		`<13>1 Z web app - - [meta sequenceId="2"] noted`,
		`<12>1 Z web app - - [meta sequenceId="3"] a warning`,
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
	if text := screen(); text != "machine: early\r\na warning\r\n" {
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
			j, screen := shown()
			err := j.Configure(test.log, web, online(), nil)
			if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
				t.Errorf("failed with %v, want %q", err, test.failure)
			}
			if text := screen(); !strings.Contains(text, test.shown) {
				t.Errorf("the console shows %q, want %q", text, test.shown)
			}
		})
	}
}

// TestLogTLS: the function from the option connects, and gets the configured authority.
func TestLogTLS(t *testing.T) {
	j := New()
	dialled := make(chan string, 10)
	dial := func(_ context.Context, address, authorities string) (net.Conn, error) {
		dialled <- address + " by " + authorities
		return nil, errors.New("unknown authority")
	}
	if err := j.Configure(config.Log{Server: "tls://10.0.2.2", CA: "PEM"}, web, online(), dial); err != nil {
		t.Fatal(err)
	}
	j.Printf("x")
	if got := <-dialled; got != "10.0.2.2:6514 by PEM" {
		t.Errorf("dialled %s", got)
	}
}

func web() string { return "web" }
