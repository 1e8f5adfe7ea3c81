package push

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// machine serves one client with a function at the place of the subsystem, which is refused
// if it is nil.
func machine(t *testing.T, serve func(ssh.Channel)) *ssh.Client {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(key)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, channels, requests, err := ssh.NewServerConn(conn, config)
		if err != nil {
			return
		}
		go ssh.DiscardRequests(requests)
		for opening := range channels {
			channel, requests, err := opening.Accept()
			if err != nil {
				return
			}
			for r := range requests {
				_ = r.Reply(serve != nil && r.Type == "subsystem" && strings.Contains(string(r.Payload), replacement.Subsystem), nil)
				if serve != nil {
					go func() { serve(channel); _ = channel.Close() }()
				}
			}
		}
	}()
	client, err := ssh.Dial("tcp", l.Addr().String(), &ssh.ClientConfig{HostKeyCallback: ssh.FixedHostKey(key.PublicKey())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// says is a machine that greets, takes so many bytes of a program and says something.
func says(t *testing.T, image []byte, take int64, reports ...replacement.Report) *ssh.Client {
	return machine(t, func(c ssh.Channel) {
		_ = replacement.Write(c, replacement.Greeting{Arch: "amd64", Services: []string{"app"}})
		in := bufio.NewReader(c)
		var r replacement.Request
		sum := sha256.Sum256(image)
		if err := replacement.Read(in, &r); err != nil || r.Service != "app" || r.Size != int64(len(image)) || r.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("%+v, %v", r, err)
		}
		if _, err := io.CopyN(io.Discard, in, take); err != nil {
			t.Error(err)
		}
		for _, report := range reports {
			_ = replacement.Write(c, report)
		}
	})
}

func TestPush(t *testing.T) {
	image := bytes.Repeat([]byte("program"), 1<<18)
	size := int64(len(image))
	for _, test := range []struct {
		name    string
		take    int64
		reports []replacement.Report
		steps   string
		outcome replacement.Outcome
		fails   string
	}{
		{"replaced", size, []replacement.Report{{Step: "received"}, {Step: "stopped"}, {Outcome: replacement.Replaced}}, "received stopped", replacement.Replaced, ""},
		{"rolled back", size, []replacement.Report{{Step: "failed"}, {Outcome: replacement.RolledBack, Old: []string{"old"}}}, "failed", replacement.RolledBack, ""},
		{"refused at once", 0, []replacement.Report{{Outcome: replacement.Refused, Message: "no room"}}, "", "", "no room"},
		{"lost before", 0, nil, "", "", "the link to the machine was lost"},
		{"lost in the middle", size / 2, nil, "", "", "the link to the machine was lost"},
		{"lost behind", size, []replacement.Report{{Step: "received"}}, "received", "", "the link to the machine was lost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var steps []string
			result, err := Push(t.Context(), says(t, image, test.take, test.reports...), content.Bytes(image), Options{
				Service: "app", Step: func(step string) { steps = append(steps, step) },
			})
			if result.Outcome != test.outcome || strings.Join(steps, " ") != test.steps {
				t.Errorf("%+v, %q", result, steps)
			}
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%v, want %q", err, test.fails)
			}
		})
	}
}

func TestOldMachine(t *testing.T) {
	if _, err := Open(t.Context(), machine(t, nil)); err == nil || !strings.Contains(err.Error(), "cannot replace programs") {
		t.Error(err)
	}
}

// TestCancelled: a machine that never says how it went does not hold anybody up.
func TestCancelled(t *testing.T) {
	image := []byte("program")
	silent := machine(t, func(c ssh.Channel) {
		_ = replacement.Write(c, replacement.Greeting{})
		_, _ = io.Copy(io.Discard, c)
		select {}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := Push(ctx, silent, content.Bytes(image), Options{Service: "app"}); err == nil || !strings.Contains(err.Error(), "deadline exceeded") {
		t.Error(err)
	}
}

func TestResultText(t *testing.T) {
	r := Result{Outcome: replacement.RolledBack, Message: "exit status 3", Old: []string{"bye"}, New: []string{"hi", "no"}}
	if got := r.String(); got != "rolled back: exit status 3\nThe old program:\n  bye\nThe new program:\n  hi\n  no" {
		t.Errorf("%q", got)
	}
}
