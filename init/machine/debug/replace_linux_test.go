package debug

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// replaceable is a fake machine whose program can be replaced.
type replaceable struct {
	*fake
	mu       sync.Mutex
	lines    []string
	by       string
	received []byte
	fails    error // of the new program
	closed   int
}

func (m *replaceable) Programs() []machine.NamedProgram { return []machine.NamedProgram{{Name: "app"}} }

func (m *replaceable) LogSince(n int) ([]string, int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string{}, m.lines[min(n, len(m.lines)):]...), len(m.lines)
}

func (m *replaceable) log(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lines = append(m.lines, "2026-01-01T00:00:00.000000Z "+line)
}

func (m *replaceable) ReplaceProgram(name, by string) (machine.Replacement, error) {
	if name != "app" {
		return nil, errors.Errorf("there is no service %q", name)
	}
	m.by = by
	return m, nil
}

func (m *replaceable) Receive(r io.Reader, size int64, _ string) (err error) {
	m.received, err = io.ReadAll(io.LimitReader(r, size))
	if err == nil && int64(len(m.received)) < size {
		err = errors.New("the program ended")
	}
	return err
}

func (m *replaceable) Run(stopped, failed func()) (string, error) {
	m.log("app.info: bye from old")
	stopped()
	m.log("app.info: here is new")
	m.log("sidecar.info: I go on")
	if m.fails != nil {
		failed()
		m.log("app.info: old again")
		return "", m.fails
	}
	return "it waits for migrate", nil
}

func (m *replaceable) Close() { m.closed++ }

// replaceIn asks for a replacement by SSH, and returns all reports.
func replaceIn(t *testing.T, m *replaceable, request replacement.Request, program []byte) (greeting replacement.Greeting, steps []string, last replacement.Report) {
	t.Helper()
	client, server := net.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- replacer{m, func(key string) string { return "owner of " + key }}.serve(t.Context(), "SHA256:x", server)
	}()
	in := bufio.NewReader(client)
	if err := replacement.Read(in, &greeting); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = replacement.Write(client, request)
		_, _ = client.Write(program)
		if int64(len(program)) < request.Size {
			_ = client.Close()
		}
	}()
	for last.Outcome == "" {
		var report replacement.Report
		if err := replacement.Read(in, &report); err != nil {
			break // the link is lost
		}
		last = report
		steps = append(steps, last.Step)
	}
	if status := <-done; (status == 0) != (last.Outcome == replacement.Replaced) {
		t.Errorf("exit status %d, %+v", status, last)
	}
	return greeting, steps, last
}

func newReplaceable(t *testing.T) *replaceable {
	t.Helper()
	m := &replaceable{fake: &fake{}}
	m.log("app.info: I am old")
	return m
}

func TestReplaceProtocol(t *testing.T) {
	program := bytes.Repeat([]byte("program"), 30000)
	request := replacement.Request{Service: "app", Size: int64(len(program)), SHA256: "x"}

	m := newReplaceable(t)
	greeting, steps, last := replaceIn(t, m, request, program)
	if greeting.Arch == "" || len(greeting.Services) != 1 || strings.Join(steps, ",") != "received,stopped," || last.Message != "it waits for migrate" {
		t.Errorf("%+v, %q, %+v", greeting, steps, last)
	}
	if m.by != "owner of SHA256:x" || !bytes.Equal(m.received, program) || m.closed != 1 {
		t.Errorf("by %s, %d bytes, closed %d times", m.by, len(m.received), m.closed)
	}

	m = newReplaceable(t)
	m.fails = errors.New("exit status 3")
	_, steps, last = replaceIn(t, m, request, program)
	if strings.Join(steps, ",") != "received,stopped,failed," || last.Outcome != replacement.RolledBack || last.Message != "exit status 3" {
		t.Errorf("%q, %+v", steps, last)
	}
	oldLines, newLines := strings.Join(last.Old, "\n"), strings.Join(last.New, "\n")
	if !strings.HasSuffix(oldLines, "app.info: bye from old") || !strings.Contains(oldLines, "I am old") || !strings.HasSuffix(newLines, "app.info: here is new") || len(last.New) != 1 {
		t.Errorf("old %q, new %q", oldLines, newLines)
	}
}

func TestReplaceRefuses(t *testing.T) {
	for want, request := range map[string]replacement.Request{
		`there is no service "web"`: {Service: "web", Size: 1}, "and may have": {Service: "app", Size: replacement.MaxProgram + 1},
	} {
		if _, _, last := replaceIn(t, newReplaceable(t), request, []byte("x")[:min(1, request.Size)]); request.Size == 1 &&
			(last.Outcome != replacement.Refused || !strings.Contains(last.Message, want)) {
			t.Errorf("%+v, want %q", last, want)
		}
	}
	// A client that goes away takes nothing with it.
	m := newReplaceable(t)
	if _, _, last := replaceIn(t, m, replacement.Request{Service: "app", Size: 100}, []byte("part")); last.Outcome == replacement.Replaced || m.closed != 1 {
		t.Errorf("%+v, closed %d times", last, m.closed)
	}
}

// TestLinesBetween: the ends of a long text, and nothing of before or after.
func TestLinesBetween(t *testing.T) {
	m := newReplaceable(t)
	for i := range 100 {
		m.log(fmt.Sprintf("app.info: line %d", i))
	}
	l := logOf{m, "app"}
	got := l.between(11, 91) // lines 10 to 89
	if len(got) != 2*shownLines+1 || !strings.HasSuffix(got[0], "line 10") || got[shownLines] != "(40 more lines)" || !strings.HasSuffix(got[2*shownLines], "line 89") {
		t.Errorf("%q", got)
	}
	if got := l.between(11, 13); len(got) != 2 {
		t.Errorf("%q", got)
	}
	if got := l.last(50); len(got) != shownLines || !strings.HasSuffix(got[shownLines-1], "line 48") {
		t.Errorf("%q", got)
	}
}

// TestReplaceBySSH: the subsystem is there for who has a key.
func TestReplaceBySSH(t *testing.T) {
	m := newReplaceable(t)
	m.fake = newFake(t)
	key, _, err := hostKey("")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(m, key, m.dir)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving(t, func(ctx context.Context) error { return server.Serve(ctx, l) })
	text, err := os.ReadFile(filepath.Join(m.dir, "right"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", l.Addr().String(), &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(key.PublicKey()),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, _ := session.StdoutPipe()
	in, _ := session.StdinPipe()
	if err := session.RequestSubsystem(replacement.Subsystem); err != nil {
		t.Fatal(err)
	}
	if err := replacement.Write(in, replacement.Request{Service: "app", Size: 3, SHA256: "x"}); err != nil {
		t.Fatal(err)
	}
	_, _ = in.Write([]byte("new"))
	answers, err := io.ReadAll(out)
	if err != nil || !strings.Contains(string(answers), `"outcome":"replaced"`) || string(m.received) != "new" {
		t.Errorf("%v, %s", err, answers)
	}
	if want := ssh.FingerprintSHA256(signer.PublicKey()); m.by != want {
		t.Errorf("by %s, want %s", m.by, want)
	}
}
