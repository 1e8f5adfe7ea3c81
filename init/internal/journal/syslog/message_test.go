package syslog

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// header is the grammar of RFC 5424, 6, for messages without a message ID and with one
// structured element.
var header = regexp.MustCompile(`(?s)^<(0|[1-9]\d{0,2})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) - - \[meta sequenceId="([1-9]\d{0,9})"\] (.*)$`)

// parse reads a message in the way a server does.
func parse(message []byte) (Message, error) {
	fields := header.FindSubmatch(message)
	if fields == nil {
		return Message{}, errors.Errorf("%q is no message", message)
	}
	priority, err := strconv.Atoi(string(fields[1]))
	if err != nil || priority > 191 {
		return Message{}, errors.Errorf("priority %s", fields[1])
	}
	at, err := time.Parse(time.RFC3339Nano, string(fields[2]))
	if err != nil {
		return Message{}, err
	}
	sequence, err := strconv.Atoi(string(fields[5]))
	return Message{
		Facility: Facility(priority / 8), Severity: logline.Severity(priority % 8), Time: at,
		Host: string(fields[3]), App: string(fields[4]), Sequence: sequence, Text: string(fields[6]),
	}, err
}

// unframe reads one message of a stream in the way a server does.
func unframe(r *bufio.Reader) ([]byte, error) {
	length, err := r.ReadString(' ')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, " "))
	if err != nil || n < 1 || n > 1<<16 {
		return nil, errors.Errorf("a frame of length %q", length)
	}
	message := make([]byte, n)
	_, err = io.ReadFull(r, message)
	return message, err
}

func TestMessage(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 15, 0, 1000, time.FixedZone("CET", 3600))
	tests := []struct {
		message Message
		want    string
	}{
		{Message{User, logline.Error, at, "web", "program", 1, "it says"},
			`<11>1 2026-11-24T19:15:00.000001Z web program - - [meta sequenceId="1"] it says`},
		{Message{Kernel, logline.Emergency, at, "", "kernel", 2147483647, ""},
			`<0>1 2026-11-24T19:15:00.000001Z - kernel - - [meta sequenceId="2147483647"] `},
		{Message{Daemon, logline.Debug, at, "a b\n\xff" + strings.Repeat("x", 300), "", 1, "x"},
			`<31>1 2026-11-24T19:15:00.000001Z ab` + strings.Repeat("x", 253) + ` - - - [meta sequenceId="1"] x`},
	}
	for _, test := range tests {
		if got := string(test.message.Append(nil)); got != test.want {
			t.Errorf("%s\nwant %s", got, test.want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(3, 6, "web", "program", 1, "it says")
	f.Add(0, 0, "", "\n", 7, "<1>1 \x00\n")
	f.Fuzz(func(t *testing.T, facility, severity int, host, app string, sequence int, text string) {
		m := Message{
			Facility: Facility(uint(facility) % 24), Severity: logline.Severity(uint(severity) % 8),
			Time: time.Unix(int64(uint32(sequence)), 0).UTC(), Host: host, App: app,
			Sequence: int(uint(sequence)%2147483647) + 1, Text: text,
		}
		framed := appendFrame(appendFrame(nil, m.Append(nil)), []byte("the next"))
		stream := bufio.NewReader(bytes.NewReader(framed))
		raw, err := unframe(stream)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parse(raw)
		m.Host, m.App = name(host, longestHost), name(app, longestApp)
		if err != nil || got != m {
			t.Errorf("%+v becomes %+v, %v", m, got, err)
		}
		if next, err := unframe(stream); string(next) != "the next" {
			t.Errorf("followed by %q, %v", next, err)
		}
	})
}

func TestParseServer(t *testing.T) {
	for text, want := range map[string]Server{
		"udp://10.0.2.2":             {"udp", "10.0.2.2:514"},
		"tcp://logs.example.com/":    {"tcp", "logs.example.com:601"},
		"tls://logs.example.com:514": {"tls", "logs.example.com:514"},
		"tls://[fd00::1]":            {"tls", "[fd00::1]:6514"},
		"tls://[fd00::1]:514/":       {"tls", "[fd00::1]:514"},
	} {
		if got, err := ParseServer(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "10.0.2.2", "10.0.2.2:514", "udp://", "http://x", "tcp://x/path", "udp://u@x", "udp://x?y=z", "udp://%zz", "udp://x:port", "udp://x:70000", "udp://[x", "tcp:///"} {
		if got, err := ParseServer(bad); err == nil {
			t.Errorf("%q is taken for %v", bad, got)
		}
	}
}
