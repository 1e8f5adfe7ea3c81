package sshd

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// maxEnv bounds the environment variables that a client can send.
const maxEnv = 64

// subsystems are the command lines that serve them.
var subsystems = map[string]string{"sftp": "sftp-server"}

// session is a channel in which one command runs (RFC 4254, 6).
type session struct {
	server  *Server
	client  *client
	channel ssh.Channel
	command Command
	process *Process // nil until there is one
	part    Part     // of this process; nil for none
	ended   chan struct{}
}

func (c *client) session(opening ssh.NewChannel) {
	channel, requests, err := opening.Accept()
	if err != nil {
		return
	}
	s := &session{server: c.server, client: c, channel: channel, ended: make(chan struct{})}
	defer channel.Close()
	// The requests end when the client closes the channel or has gone.
	for r := range requests {
		ok := s.request(r)
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if ok && s.starts(r.Type) {
			go s.run()
		}
	}
	switch {
	case s.process != nil:
		s.hangUp()
	case s.part != nil:
		<-s.ended // reads no more
	}
}

// hangUp ends a command whose client has gone.
func (s *session) hangUp() {
	s.signal("HUP")
	select {
	case <-s.ended:
	case <-time.After(endTime):
		s.signal("KILL")
		<-s.ended
	}
}

// signal sends a signal to a command that has not ended.
func (s *session) signal(name string) {
	select {
	case <-s.ended:
	default:
		s.process.Signal(name)
	}
}

// starts tells whether a request is one that starts the command.
func (*session) starts(kind string) bool {
	return kind == "exec" || kind == "shell" || kind == "subsystem"
}

// request does what a request asks for, and tells whether that can be done.
func (s *session) request(r *ssh.Request) bool {
	switch {
	case s.starts(r.Type):
		return !s.started() && s.start(r)
	case r.Type == "env" && !s.started():
		return s.env(r.Payload)
	case r.Type == "pty-req" && !s.started():
		var t terminalRequest
		if ssh.Unmarshal(r.Payload, &t) != nil {
			return false
		}
		s.command.Terminal = &Terminal{t.Name, int(t.Width), int(t.Height)}
		return true
	case r.Type == "window-change" && s.process != nil && s.command.Terminal != nil:
		var size sizeRequest
		if ssh.Unmarshal(r.Payload, &size) != nil {
			return false
		}
		s.process.Resize(int(size.Width), int(size.Height))
		return true
	case r.Type == "signal" && s.process != nil:
		var name stringRequest
		if ssh.Unmarshal(r.Payload, &name) != nil {
			return false
		}
		s.signal(name.Value)
		return true
	}
	return false
}

func (s *session) started() bool { return s.process != nil || s.part != nil }

func (s *session) env(payload []byte) bool {
	var variable struct{ Name, Value string }
	if ssh.Unmarshal(payload, &variable) != nil || len(s.command.Env) >= maxEnv {
		return false
	}
	s.command.Env = append(s.command.Env, variable.Name+"="+variable.Value)
	return true
}

// start starts the command. One that cannot be started is refused, and the
// client told why.
func (s *session) start(r *ssh.Request) bool {
	var what stringRequest
	if r.Type != "shell" && ssh.Unmarshal(r.Payload, &what) != nil {
		return false
	}
	s.command.Line = what.Value
	switch {
	case r.Type == "subsystem" && s.server.Parts[what.Value] != nil:
		s.part = s.server.Parts[what.Value]
		return true
	case r.Type == "subsystem":
		s.command.Line = subsystems[what.Value]
		if s.command.Line == "" {
			return false
		}
	case r.Type == "exec" && what.Value == "":
		s.process = nothing()
		return true
	}
	p, err := s.server.Start(s.command)
	if err != nil {
		fmt.Fprintf(s.channel.Stderr(), "%v\r\n", err)
		return false
	}
	s.process = p
	return true
}

// run is the life of the command: what it reads and writes, and its end.
func (s *session) run() {
	defer close(s.ended)
	if s.part != nil {
		s.runPart()
		return
	}
	p := s.process
	go func() {
		_, _ = io.Copy(p.Stdin, s.channel)
		if s.command.Terminal == nil { // a terminal's end is typed
			_ = p.Stdin.Close()
		}
	}()
	var output sync.WaitGroup
	output.Go(func() { s.show(s.channel, p.Stdout) })
	if p.Stderr != nil {
		output.Go(func() { s.show(s.channel.Stderr(), p.Stderr) })
	}
	status := <-p.Status
	output.Wait()
	s.end(status)
	_ = p.Stdin.Close()
}

// runPart is the life of a subsystem that is a part of this process.
func (s *session) runPart() {
	status := 1
	defer func() { s.end(status) }()
	defer s.server.survive()
	status = s.part(s.client.ctx, s.client.key, s.channel)
}

// end tells the client the exit status, and ends the session.
func (s *session) end(status int) {
	_ = s.channel.CloseWrite()
	_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
	_ = s.channel.Close()
}

// show copies what the command writes. When the client has gone, the command
// finds out by its next write.
func (*session) show(w io.Writer, r io.ReadCloser) {
	defer r.Close()
	_, _ = io.Copy(w, r)
}

// nothing is the empty command, with which Vagrant asks whether the connection
// still works. It ends at once.
func nothing() *Process {
	status := make(chan int, 1)
	status <- 0
	r, w := io.Pipe()
	_ = w.Close()
	_ = r.Close()
	return &Process{Stdin: w, Stdout: r, Status: status, Signal: func(string) {}, Resize: func(int, int) {}}
}

// The payloads of requests (RFC 4254, 6.2, 6.5, 6.7, 6.9).
type (
	stringRequest   struct{ Value string }
	terminalRequest struct {
		Name                      string
		Width, Height, PixelWidth uint32
		PixelHeight               uint32
		Modes                     string
	}
	sizeRequest struct{ Width, Height, PixelWidth, PixelHeight uint32 }
)
