package sshd

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// asked is a session that notes what it was asked for.
func asked(noted *[]string) *session {
	server := &Server{Start: func(c Command) (*Process, error) {
		*noted = append(*noted, fmt.Sprintf("start %q", c.Line))
		p := nothing()
		p.Signal = func(name string) { *noted = append(*noted, "signal "+name) }
		p.Resize = func(width, height int) { *noted = append(*noted, fmt.Sprintf("size %dx%d", width, height)) }
		return p, nil
	}}
	return &session{server: server, ended: make(chan struct{})}
}

func text(s string) []byte { return ssh.Marshal(stringRequest{s}) }

var (
	terminal = ssh.Marshal(terminalRequest{Name: "xterm", Width: 80, Height: 24})
	window   = ssh.Marshal(sizeRequest{Width: 132, Height: 50})
)

func TestRequests(t *testing.T) {
	type request struct {
		kind    string
		payload []byte
		ok      bool
	}
	tests := []struct {
		name     string
		requests []request
		noted    string
	}{
		{"exec", []request{{"exec", text("ls -l"), true}, {"exec", text("again"), false}}, `start "ls -l"`},
		{"shell", []request{{"shell", nil, true}, {"shell", nil, false}}, `start ""`},
		{"Vagrant's question", []request{{"exec", text(""), true}}, ""},
		{"sftp", []request{{"subsystem", text("sftp"), true}}, `start "sftp-server"`},
		{"another subsystem", []request{{"subsystem", text("netconf"), false}}, ""},
		{"terminal", []request{
			{"window-change", window, false}, {"pty-req", terminal, true}, {"shell", nil, true},
			{"window-change", window, true}, {"pty-req", terminal, false},
		}, `start "", size 132x50`},
		{"no terminal", []request{{"exec", text("x"), true}, {"window-change", window, false}}, `start "x"`},
		{"signal", []request{{"signal", text("INT"), false}, {"exec", text("x"), true}, {"signal", text("INT"), true}}, `start "x", signal INT`},
		{"unknown", []request{{"x11-req", nil, false}, {"auth-agent-req@openssh.com", nil, false}}, ""},
		{"cut short", []request{
			{"exec", []byte{0, 0, 0, 9, 'l'}, false}, {"pty-req", terminal[:9], false}, {"env", text("NAME"), false},
			{"pty-req", terminal, true}, {"shell", nil, true}, {"window-change", window[:7], false}, {"signal", nil, false},
		}, `start ""`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var noted []string
			s := asked(&noted)
			for _, r := range test.requests {
				if ok := s.request(&ssh.Request{Type: r.kind, Payload: r.payload}); ok != r.ok {
					t.Errorf("%s: %t", r.kind, ok)
				}
			}
			if got := strings.Join(noted, ", "); got != test.noted {
				t.Errorf("%s, want %s", got, test.noted)
			}
		})
	}
}

// TestEnvironment: a client's variables reach the command, and no more than a
// machine has room for.
func TestEnvironment(t *testing.T) {
	var noted []string
	s := asked(&noted)
	taken := 0
	for i := range 2 * maxEnv {
		payload := ssh.Marshal(struct{ Name, Value string }{"LC_" + fmt.Sprint(i), "C"})
		if s.request(&ssh.Request{Type: "env", Payload: payload}) {
			taken++
		}
	}
	if taken != maxEnv || len(s.command.Env) != maxEnv || s.command.Env[0] != "LC_0=C" {
		t.Errorf("%d taken: %v", taken, s.command.Env)
	}
}

// FuzzRequest: any request after any other is done or refused, and what is
// started is what was asked for, once.
func FuzzRequest(f *testing.F) {
	for kind, payload := range map[string][]byte{
		"exec": text("ls"), "shell": nil, "subsystem": text("sftp"), "pty-req": terminal, "window-change": window, "signal": text("TERM"),
		"env": ssh.Marshal(struct{ Name, Value string }{"LANG", "C"}),
	} {
		f.Add("pty-req", terminal, kind, payload)
		f.Add(kind, payload, "exec", text("x"))
		f.Add("exec", text("x"), kind, payload[:len(payload)/2])
	}
	f.Fuzz(func(t *testing.T, kind1 string, payload1 []byte, kind2 string, payload2 []byte) {
		var noted []string
		s := asked(&noted)
		for _, r := range []ssh.Request{{Type: kind1, Payload: payload1}, {Type: kind2, Payload: payload2}} {
			running := s.process != nil
			ok := s.request(&r)
			switch {
			case !s.starts(r.Type):
			case ok && (running || s.process == nil), !ok && s.process != nil && !running:
				t.Errorf("%s: %t, although it runs: %t", r.Type, ok, running)
			case ok && r.Type == "exec" && !slices.Equal(text(s.command.Line), r.Payload):
				t.Errorf("%q is started for %q", s.command.Line, r.Payload)
			}
		}
		starts := 0
		for _, note := range noted {
			if strings.HasPrefix(note, "start ") {
				starts++
			}
		}
		if starts > 1 {
			t.Errorf("started more than once: %v", noted)
		}
	})
}
