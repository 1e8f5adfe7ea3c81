package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	pusher "github.com/scratchmachine/packer-plugin-scratchmachine/plugin/push"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/remote"
)

// pushed is a machine with two services that greet, app and other, which is asked all
// the time.
type pushed struct {
	guest
	v              *vm.VM
	app, other     *asked
	otherURL, page string
	elf            []byte // the program that is baked
}

// greeter returns the program with another greeting, and what becomes of it.
func (p *pushed) greeter(greeting, end string) []byte {
	p.t.Helper()
	was, is := "greets: old   runs ", fmt.Sprintf("greets: %-5s %-5s", greeting, end)
	if bytes.Count(p.elf, []byte(was)) != 1 || len(is) != len(was) {
		p.t.Fatalf("%q cannot become %q in the program", was, is)
	}
	return bytes.Replace(p.elf, []byte(was), []byte(is), 1)
}

func newPushed(t *testing.T) *pushed {
	t.Helper()
	p := &pushed{guest: newGuest(t)}
	key, err := os.ReadFile(filepath.Join(p.dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	path, remove, err := program.Build{Package: testdata(t, "greets"), Arch: "amd64"}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if p.elf, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	other, page, sshd := freeAddress(t), freeAddress(t), freeAddress(t)
	p.address, p.otherURL, p.page = sshd, "http://"+other+"/", "http://"+page+"/debug/machine"
	c := config.Default()
	c.Program.Args, c.Program.UID, c.Program.GID = []string{":80"}, 1000, 1000
	c.Services = map[string]config.Service{"other": {Program: config.Program{
		Path: "/app", Args: []string{":81"}, Check: "http://127.0.0.1:81/", CheckTimeout: 2,
	}}}
	line := strings.Join(strings.Fields(string(key))[:2], " ") + " alice@laptop"
	c.Debug = config.Debug{Page: ":8081", SSH: config.SSH{Listen: ":22", AuthorizedKeys: []string{line}}}
	forward := func(address string, guest int) qemu.Forward {
		_, port, _ := net.SplitHostPort(address)
		n, _ := strconv.Atoi(port)
		return qemu.Forward{Host: n, Guest: guest}
	}
	p.v = vmtest.Machine{Package: testdata(t, "greets"), Config: c, VM: vm.Options{MemoryMiB: 192, Forwards: []qemu.Forward{
		{Guest: 80}, forward(other, 81), forward(page, 8081), forward(sshd, 22),
	}}}.Boot(t)
	if body := vmtest.Get(t, p.v, "/"); body != "old" {
		t.Fatalf("%q", body)
	}
	vmtest.Expect(t, p.v, "machine: other: ready after ")
	p.ssh("true") // SSH is up
	p.app, p.other = askAlways(t, "http://"+p.v.Address()+"/"), askAlways(t, p.otherURL)
	return p
}

// dial logs in.
func (p *pushed) dial() *ssh.Client {
	p.t.Helper()
	target, err := remote.ParseAddress(p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	target.Keys, target.AnyHostKey = []string{filepath.Join(p.dir, "key")}, true
	client, err := remote.Dial(p.t.Context(), target)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = client.Close() })
	return client
}

// push pushes to a service.
func (p *pushed) push(service string, image []byte) (pusher.Result, error) {
	return pusher.Push(vmtest.Within(p.t, time.Minute), p.dial(), content.Bytes(image), pusher.Options{Service: service})
}

// TestPush: a service gets another program while it and its neighbour are asked, and
// keeps the old one when the new one is no good or does not come whole.
func TestPush(t *testing.T) {
	p := newPushed(t)
	p.good()
	p.fails()
	p.refused()
	p.cut()
	p.twoAtOnce()
	if failed := p.other.end(); len(failed) > 0 {
		t.Errorf("the other service lost %d requests: %v", len(failed), failed)
	}
	p.rollsBackByCheck()
	p.ssh("poweroff")
	vmtest.WaitOff(t, p.v)
}

// good pushes with the command, which builds the package.
func (p *pushed) good() {
	t := p.t
	start := p.app.count()
	cmd := exec.CommandContext(t.Context(), command(t), "push", "--to", p.address, "--key", filepath.Join(p.dir, "key"), "--any-host-key",
		"--build-flags=-ldflags=-s -w -X 'main.what=greets: new runs'", testdata(t, "greets"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "\nreplaced\n") {
		t.Fatalf("%v: %s", err, out)
	}
	if got := p.app.last(); got != "new" {
		t.Errorf("it says %q", got)
	}
	gone, between := p.app.since(start).gap("old", "new")
	t.Logf("%d requests were lost, and %s are between the last answer of the old and the first of the new program", gone, between)
	if between > 3*time.Second { // 300 ms where nothing else runs
		t.Errorf("no answer for %s", between)
	}
	for line, want := range map[string]string{
		"service status app": "by alice@laptop: SHA-256 ",
		"ps":                 "app (replaced)",
		"service":            "app: replaced after ",
	} {
		if out := p.ssh(line); !strings.Contains(out, want) {
			t.Errorf("%s: %q is not in\n%s", line, want, out)
		}
	}
	var report struct {
		Program struct{ Substitute struct{ SHA256, By string } }
	}
	if err := json.Unmarshal([]byte(p.get(p.page+"?format=json")), &report); err != nil || report.Program.Substitute.By != "alice@laptop" {
		t.Errorf("%v, %+v", err, report)
	}
	vmtest.Expect(t, p.v, "app: bye from old", "app: here is new")
}

// fails pushes a program that ends.
func (p *pushed) fails() {
	t := p.t
	began := time.Now()
	result, err := p.push("app", p.greeter("bad", "exits"))
	t.Logf("login, transfer and the way back took %s", time.Since(began))
	if err != nil || result.Outcome != replacement.RolledBack || result.Message != "exit status 3" {
		t.Fatalf("%+v, %v", result, err)
	}
	if text := strings.Join(result.New, "\n"); !strings.Contains(text, "here is bad") {
		t.Errorf("the new program's lines are %q", text)
	}
	if text := strings.Join(result.Old, "\n"); !strings.Contains(text, "bye from new") {
		t.Errorf("the old program's lines are %q", text)
	}
	if got := p.app.last(); got != "new" {
		t.Errorf("it says %q", got)
	}
}

// refused pushes what the machine cannot run, or does not have.
func (p *pushed) refused() {
	image := p.greeter("new", "runs")
	arm := bytes.Clone(image)
	arm[18] = 183
	start := p.app.count()
	for _, test := range []struct {
		service string
		image   []byte
		want    string
	}{
		{"app", arm, "the program is for another architecture"},
		{"app", []byte("#!/bin/sh\n"), "not an ELF program"},
		{"nobody", image, `there is no service "nobody"`},
	} {
		if result, err := p.push(test.service, test.image); err == nil || !strings.Contains(err.Error(), test.want) {
			p.t.Errorf("%+v, %v; want %q", result, err, test.want)
		}
	}
	if failed := p.app.since(start).failed(); len(failed) > 0 {
		p.t.Errorf("%d requests were lost: %v", len(failed), failed)
	}
}

// cut ends the connection at several lengths of the program.
func (p *pushed) cut() {
	image := p.greeter("cut", "runs")
	pid, start := p.ssh("pidof app"), p.app.count()
	request := replacement.Request{Service: "app", Size: int64(len(image)), SHA256: strings.Repeat("0", 64)}
	for i := range 6 {
		client := p.dial()
		session, err := client.NewSession()
		if err != nil {
			p.t.Fatal(err)
		}
		in, err := session.StdinPipe()
		if err != nil {
			p.t.Fatal(err)
		}
		err = session.RequestSubsystem(replacement.Subsystem)
		if err == nil {
			err = replacement.Write(in, request)
		}
		if err == nil {
			_, err = in.Write(image[:len(image)*i/5]) // at last all of it, but another than was announced
		}
		if err != nil {
			p.t.Fatal(err)
		}
		_ = client.Close()
	}
	if failed := p.app.since(start).failed(); len(failed) > 0 || p.ssh("pidof app") != pid {
		p.t.Errorf("%d requests were lost: %v", len(failed), failed)
	}
	if out := p.ssh("ls /run/machine/programs | wc -l"); strings.TrimSpace(out) != "1" {
		p.t.Errorf("programs are left: %s", out)
	}
}

// twoAtOnce pushes while somebody else does.
func (p *pushed) twoAtOnce() {
	first, err := pusher.Open(p.t.Context(), p.dial())
	if err != nil {
		p.t.Fatal(err)
	}
	defer first.Close()
	wait, told := make(chan struct{}), make(chan struct{})
	image := p.greeter("first", "runs")
	done := make(chan error, 1)
	go func() {
		_, err := first.Push(p.t.Context(), slow{content.Bytes(image), new(int), func() { close(told); <-wait }}, pusher.Options{Service: "app"})
		done <- err
	}()
	<-told
	time.Sleep(time.Second)
	if _, err := p.push("app", image); err == nil || !strings.Contains(err.Error(), "somebody else replaces a program") {
		p.t.Errorf("%v", err)
	}
	close(wait)
	if err := <-done; err != nil || p.app.last() != "first" {
		p.t.Errorf("%v, %s", err, p.app.last())
	}
}

// slow is a content that waits when it is read for the second time, after its checksum
// was made.
type slow struct {
	content.Content
	reads *int
	wait  func()
}

func (s slow) ReadAt(p []byte, offset int64) (int, error) {
	if *s.reads++; offset == 0 && *s.reads > 1 {
		s.wait()
	}
	return s.Content.ReadAt(p, offset)
}

// rollsBackByCheck pushes a program that runs and does not work.
func (p *pushed) rollsBackByCheck() {
	result, err := p.push("other", p.greeter("deaf", "hangs"))
	if err != nil || result.Outcome != replacement.RolledBack || !strings.Contains(result.Message, "it has not worked for 2s") {
		p.t.Errorf("%+v, %v", result, err)
	}
	if got := askAlways(p.t, p.otherURL).last(); got != "old" {
		p.t.Errorf("the other service says %q", got)
	}
}

// asked is an address that is asked 50 times a second.
type asked struct {
	mu      sync.Mutex
	answers answers
	stop    context.CancelFunc
	done    chan struct{}
}

type answer struct {
	at   time.Time
	text string // empty without an answer
	err  error
}

type answers []answer

func askAlways(t *testing.T, url string) *asked {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	a := &asked{stop: stop, done: make(chan struct{})}
	t.Cleanup(func() { a.end() })
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	one := func() {
		text, err := getText(&client, url)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.answers = append(a.answers, answer{time.Now(), text, err})
	}
	go func() {
		defer close(a.done)
		var all sync.WaitGroup
		defer all.Wait()
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				all.Go(one)
			}
		}
	}()
	return a
}

func getText(client *http.Client, url string) (string, error) {
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

func (a *asked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.answers)
}

func (a *asked) since(n int) answers {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append(answers{}, a.answers[n:]...)
}

// last waits for a further answer.
func (a *asked) last() string {
	for n := a.count(); ; time.Sleep(20 * time.Millisecond) {
		all := a.since(n)
		if i := len(all) - 1; i >= 0 && all[i].err == nil {
			return all[i].text
		}
	}
}

// end ends the questions, and returns those that failed.
func (a *asked) end() []error {
	a.stop()
	<-a.done
	return a.since(0).failed()
}

func (all answers) failed() (failed []error) {
	for _, one := range all {
		if one.err != nil {
			failed = append(failed, one.err)
		}
	}
	return failed
}

// gap is what lies between the last answer of one and the first answer of another program.
func (all answers) gap(old, fresh string) (failed int, between time.Duration) {
	var last time.Time
	for _, one := range all {
		switch {
		case one.err != nil:
			failed++
		case one.text == old:
			last = one.at
		case one.text == fresh:
			return failed, one.at.Sub(last)
		}
	}
	return failed, 0
}
