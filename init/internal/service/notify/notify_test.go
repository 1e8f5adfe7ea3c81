package notify

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := map[string]Message{
		"READY=1":                         {Ready: true},
		"READY=1\nSTATUS=at work = yes\n": {Ready: true},
		"WATCHDOG=1\nMAINPID=3":           {Watchdog: true},
		"READY=0\nWATCHDOG=trigger":       {},
		"READY":                           {},
		"":                                {},
		"\n\n=\nX":                        {},
	}
	for datagram, want := range tests {
		if got := Parse(datagram); got != want {
			t.Errorf("%q: %+v, want %+v", datagram, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("READY=1\nSTATUS=x")
	f.Fuzz(func(t *testing.T, datagram string) {
		m := Parse(datagram)
		if m.Ready && !strings.Contains(datagram, "READY=1") {
			t.Errorf("%q: %+v", datagram, m)
		}
	})
}

// TestListen: what a program sends arrives, and a socket that an earlier one
// left is no hindrance.
func TestListen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	for range 2 {
		heard := make(chan Message, 1)
		socket, err := Listen(path, func(m Message) { heard <- m })
		if err != nil {
			t.Fatal(err)
		}
		program, err := net.Dial("unixgram", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := program.Write([]byte("READY=1\n")); err != nil {
			t.Fatal(err)
		}
		if m := <-heard; !m.Ready {
			t.Errorf("%+v", m)
		}
		program.Close()
		socket.Close()
	}
	if _, err := Listen(filepath.Join(path, "below"), nil); err == nil {
		t.Error("a socket below a file")
	}
}
