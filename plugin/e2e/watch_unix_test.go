//go:build unix

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// askers ask for a page 50 times a second, each on a connection of its own.
type askers struct {
	mu       sync.Mutex
	failed   int
	answered map[string]int // by what was answered
}

func (a *askers) ask(ctx context.Context, port int) {
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	var all sync.WaitGroup
	defer all.Wait()
	for ticker := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			ticker.Stop()
			return
		}
		all.Go(func() {
			response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/", port))
			var body []byte
			if err == nil {
				body, err = io.ReadAll(response.Body)
				response.Body.Close()
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			if err != nil {
				a.failed++
			} else {
				a.answered[string(body)]++
			}
		})
	}
}

// rewrite changes a text in a file.
func rewrite(t *testing.T, path, from, to string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), from) {
		t.Fatalf("%s has no %q: %v", path, from, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCommandWatch: a change of a source becomes a new answer in the same machine, while
// others ask. What does not compile changes nothing, and a burst of changes is one. Ctrl-C
// ends everything.
func TestCommandWatch(t *testing.T) {
	program, dir, port := command(t), strangersModule(t), freePort(t)
	source := filepath.Join(dir, "main.go")
	key, sshPort := filepath.Join(t.TempDir(), "key"), freePort(t)
	tooltest.Run(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "run", "--watch", "--accel", "tcg", "--publish", fmt.Sprintf("%d:80", port), "--publish", fmt.Sprintf("%d:22", sshPort),
		"--ssh-authorized-keys", string(public), ".")
	cmd.Dir = dir
	term := inTerminal(t, cmd)
	term.expect("Watching 1 folders", "machine: ssh: root logged in")
	if answer := ask(t, port, nil); answer != "hello from a stranger" {
		t.Fatalf("it answered %q:\n%s", answer, term)
	}

	ctx, stop := context.WithCancel(t.Context())
	asking := askers{answered: map[string]int{}}
	var asked sync.WaitGroup
	asked.Go(func() { asking.ask(ctx, port) })
	saved := time.Now()
	rewrite(t, source, "a stranger", "a friend")
	term.expect("The new program runs")
	for answer := ""; answer != "hello from a friend"; answer = ask(t, port, nil) {
	}
	t.Logf("a new answer %.2f s after it was saved", time.Since(saved).Seconds())
	stop()
	asked.Wait()
	t.Logf("%d requests failed; answers: %v", asking.failed, asking.answered)
	// Those of 300 ms are 15, on a host that has nothing else to do.
	if asking.failed > 100 || asking.answered["hello from a stranger"] == 0 || len(asking.answered) > 2 {
		t.Errorf("%d requests failed, answers %v:\n%s", asking.failed, asking.answered, term)
	}

	rewrite(t, source, "import \"net/http\"", "import \"net/http\"\n\nvar x = undefined")
	term.expect("main.go:5:9: undefined: undefined", "The old program runs on")
	if answer := ask(t, port, nil); answer != "hello from a friend" {
		t.Errorf("it answered %q:\n%s", answer, term)
	}
	rewrite(t, source, "var x = undefined", "var x = 1")
	for i := range 5 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("more%d.go", i)), []byte("package main\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(t, source, "a friend", "all")
	for answer := ""; answer != "hello from all"; answer = ask(t, port, nil) {
	}
	term.expectTimes(2, "The new program runs")
	if said := term.String(); strings.Count(said, "changed: building") > 4 {
		t.Errorf("a burst was several changes:\n%s", said)
	}
	lookInto(t, program, "--to", fmt.Sprintf("127.0.0.1:%d", sshPort), "--key", key, "--any-host-key")
	term.typed(interrupt)
	if status := term.status(time.Minute); status != 0 || !strings.Contains(term.String(), "machine: power button: powering off") {
		t.Errorf("exit status %d:\n%s", status, term)
	}
}

// lookInto looks into a machine by the commands for that.
func lookInto(t *testing.T, program string, to ...string) {
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"ps", 0, "app"},
		{"ps --all", 0, "/init"},
		{"logs --service app -n 5", 0, "runs another program"},
		{"restart", 0, ""},
		{"restart --service none", 1, "none"},
		{"shell -- cat /etc/hostname /none", 1, "/none"},
	} {
		words := strings.Fields(test.args)
		out, err := exec.Command(program, slices.Concat(words[:1], to, words[1:])...).CombinedOutput()
		var exit *exec.ExitError
		status := 0
		if errors.As(err, &exit) {
			status = exit.ExitCode()
		}
		if status != test.status || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: status %d, want %d: %s", test.args, status, test.status, out)
		}
	}
	following := inTerminal(t, exec.Command(program, slices.Concat([]string{"logs", "-f"}, to)...))
	shell := inTerminal(t, exec.Command(program, slices.Concat([]string{"shell"}, to)...))
	shell.expect("# ")
	shell.typed("sleep 100\r")
	shell.expect("sleep 100\n")
	time.Sleep(time.Second) // until it sleeps
	shell.typed(interrupt)  // is the machine's
	shell.typed("echo $((40 + 2)); exit 5\r")
	shell.expect("\n42\n")
	if status := shell.status(time.Minute); status != 5 {
		t.Errorf("exit status %d:\n%s", status, shell)
	}
	following.expect("asked by SSH: stopping the program", "logged in")
	following.typed(interrupt)
	if status := following.status(10 * time.Second); status != 130 {
		t.Errorf("exit status %d:\n%s", status, following)
	}
}
