package sntp

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// timestamp is the inverse of fromTimestamp.
func timestamp(t time.Time) uint64 {
	return uint64(t.Unix()+2208988800)<<32 | uint64(t.Nanosecond())<<32/1e9
}

// answer returns a server's valid answer to a request.
func answer(request []byte, received, sent time.Time) []byte {
	b := make([]byte, packetSize)
	b[0], b[1] = version<<3|modeReply, 2
	copy(b[24:32], request[40:48])
	binary.BigEndian.PutUint64(b[32:], timestamp(received))
	binary.BigEndian.PutUint64(b[40:], timestamp(sent))
	return b
}

func TestParse(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 15, 0, 500_000_000, time.UTC)
	tests := []struct {
		name, failure string
		change        func(b []byte)
	}{
		{"sound", "", func([]byte) {}},
		{"version 3", "", func(b []byte) { b[0] = 3<<3 | modeReply }},
		{"a broadcast", "mode 5 of version 4", func(b []byte) { b[0] = version<<3 | 5 }},
		{"version 5", "mode 4 of version 5", func(b []byte) { b[0] = 5<<3 | modeReply }},
		{"forged", "another question", func(b []byte) { b[24]++ }},
		{"refusal", "the server refuses: RATE", func(b []byte) { b[1] = 0; copy(b[12:], "RATE") }},
		{"refusal without a reason", "the server refuses: (no reason)", func(b []byte) { b[1] = 0 }},
		{"alarm", "own clock is not set", func(b []byte) { b[0] |= leapAlarm << 6 }},
		{"stratum 16", "own clock is not set", func(b []byte) { b[1] = 16 }},
		{"no time", "own clock is not set", func(b []byte) { clear(b[40:48]) }},
		{"far away", "may be wrong by 17s", func(b []byte) { b[5], b[9] = 2, 16 }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := answer(request(42), at, at.Add(time.Second))
			test.change(b)
			r, err := parse(b, 42)
			if test.failure == "" && (err != nil || !r.received.Equal(at) || r.stratum != 2) ||
				test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
				t.Errorf("%+v, %v, want %q", r, err, test.failure)
			}
		})
	}
	if _, err := parse(make([]byte, packetSize-1), 0); err == nil {
		t.Error("a short answer is taken")
	}
}

// TestEras: timestamps wrap around in 2036.
func TestEras(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2036, 2, 7, 6, 28, 15, 0, time.UTC),
		time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC),
		time.Date(2100, 1, 1, 0, 0, 0, 250_000_000, time.UTC),
	} {
		if got := fromTimestamp(timestamp(at)); !got.Equal(at) {
			t.Errorf("%v becomes %v", at, got)
		}
	}
}

// TestAnswer checks offset and delay, also for a clock that is off by years.
func TestAnswer(t *testing.T) {
	asked := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, off := range []time.Duration{0, 3 * time.Millisecond, -time.Hour, 6 * 365 * 24 * time.Hour} {
		r := reply{received: asked.Add(off + 10*time.Millisecond), sent: asked.Add(off + 12*time.Millisecond)}
		if a := r.answer(asked, 22*time.Millisecond); a.Offset != off || a.Delay != 20*time.Millisecond {
			t.Errorf("off by %s: %+v", off, a)
		}
	}
}

func FuzzParse(f *testing.F) {
	now := time.Date(2026, 11, 24, 20, 15, 0, 0, time.UTC)
	f.Add(answer(request(1), now, now), uint64(1))
	f.Fuzz(func(t *testing.T, b []byte, nonce uint64) {
		r, err := parse(b, nonce)
		if err != nil {
			return
		}
		if r.stratum < 1 || r.stratum > 15 || r.origin != nonce || r.distance < 0 || r.distance > maxDistance {
			t.Errorf("%+v is taken", r)
		}
		if year := r.sent.UTC().Year(); year < 1968 || year > 2104 {
			t.Errorf("the year is %d", year)
		}
		if a := r.answer(now, time.Second); a.Delay < 0 {
			t.Errorf("%+v", a)
		}
	})
}

// serve starts a server on loopback. It answers each request with the packets that
// reply returns.
func serve(t *testing.T, reply func(request []byte) [][]byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		for buffer := make([]byte, 1024); ; {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			for _, b := range reply(buffer[:n]) {
				_, _ = conn.WriteTo(b, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// TestAskStrange: packets that are not an answer are ignored, and the answer is found.
func TestAskStrange(t *testing.T) {
	server := serve(t, func(request []byte) [][]byte {
		forged := answer(make([]byte, packetSize), time.Unix(0, 0), time.Unix(0, 0))
		then := time.Now().Add(time.Hour)
		return [][]byte{{1, 2, 3}, forged, answer(request, then, then)}
	})
	a, err := Ask(t.Context(), server)
	if err != nil || (a.Offset-time.Hour).Abs() > time.Minute || a.Stratum != 2 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAskRefused: a server that refuses is not asked again. Before it refuses, it is
// asked again only because it did not answer.
func TestAskRefused(t *testing.T) {
	var asked atomic.Int64
	server := serve(t, func(request []byte) [][]byte {
		asked.Add(1)
		b := answer(request, time.Now(), time.Now())
		b[1] = 0
		copy(b[12:], "DENY")
		return [][]byte{b}
	})
	started := time.Now()
	_, err := Ask(t.Context(), server)
	var refusal Refusal
	if !errors.As(err, &refusal) || refusal.Code != "DENY" {
		t.Errorf("%v", err)
	}
	if n, took := asked.Load(), time.Since(started); n > 1+int64(took/answerTime) {
		t.Errorf("asked %d times within %s", n, took)
	}
}

// TestAskEnds: asking a silent server stops when the context ends.
func TestAskEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := serve(t, func([]byte) [][]byte { cancel(); return nil })
	if a, err := Ask(ctx, server); err == nil {
		t.Errorf("got %+v", a)
	}
}

func TestAddress(t *testing.T) {
	for server, want := range map[string]string{
		"10.0.2.2": "10.0.2.2:123", "ntp.example.com:1123": "ntp.example.com:1123", "fd00::1": "[fd00::1]:123",
	} {
		if got := Address(server); got != want {
			t.Errorf("%s is %s, want %s", server, got, want)
		}
	}
}

// TestChrony asks an independent server, whose clock is this machine's.
func TestChrony(t *testing.T) {
	chronyd := tooltest.Need(t, "chronyd")
	dir := t.TempDir()
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := free.LocalAddr().String()
	_ = free.Close()
	_, port, _ := net.SplitHostPort(server)
	conf := fmt.Sprintf("local stratum 5\nbindaddress 127.0.0.1\nport %s\nallow 127.0.0.1\ncmdport 0\nbindcmdaddress /\npidfile %s/pid\n", port, dir)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	// -x: it leaves this machine's clock alone; -d: it stays in the foreground.
	command := exec.Command(chronyd, "-x", "-d", "-u", "root", "-f", filepath.Join(dir, "conf"))
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill(); _ = command.Wait() }()
	var a Answer
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if a, err = Ask(t.Context(), server); err == nil {
			break
		}
	}
	if err != nil || a.Stratum != 5 || a.Offset.Abs() > time.Second || a.Delay < 0 || a.Delay > time.Second {
		t.Errorf("%+v, %v", a, err)
		_ = command.Process.Kill()
		_ = command.Wait()
		t.Logf("chronyd: %s", said.String())
	}
}
