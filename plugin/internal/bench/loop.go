package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// loop measures what a developer waits for: a change of a program in a running machine, a
// program that is run and ends, and the start of one.
func (b *bench) loop(ctx context.Context) error {
	if err := b.buildCommand(ctx); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "\nKernel %s, %s, %d runs of each; medians in seconds (lowest to highest).\n\n", filepath.Base(b.kernel), b.qemu, b.runs)
	for _, part := range []func(context.Context) error{b.change, b.execs, b.runsOf} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// buildCommand builds the command.
func (b *bench) buildCommand(ctx context.Context) error {
	b.scratchmachine = filepath.Join(b.dir, "scratchmachine")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", b.scratchmachine, "./plugin/cmd/scratchmachine").CombinedOutput()
	return errors.Wrapf(err, "building the command: %s", out)
}

// kernelFlags are the command's for the kernel and the module of its network card.
func (b *bench) kernelFlags() []string {
	flags := []string{"--kernel", filepath.Join(b.kernel, "vmlinuz")}
	if module := b.e1000(); module != "" {
		flags = append(flags, "--modules", module)
	}
	return flags
}

// greeter is a program whose answer is changed.
const greeter = `package main

import "net/http"

func main() {
	http.ListenAndServe(":80", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("greeting %d"))
	}))
}
`

// writeGreeter writes the program with its nth answer.
func writeGreeter(dir string, n int) error {
	return os.WriteFile(filepath.Join(dir, "main.go"), fmt.Appendf(nil, greeter, n), 0o644)
}

// change measures how long after a source has been saved the machine gives the new answer,
// with 50 questions a second, and how many of them failed.
func (b *bench) change(ctx context.Context) error {
	dir, err := b.greeterModule()
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	r, err := b.start(ctx, dir, append([]string{"run", "--watch", "--accel", "tcg", "--publish", fmt.Sprintf("%d:80", port), "."}, b.kernelFlags()...)...)
	if err != nil {
		return err
	}
	defer r.stop()
	bakeAndBoot, _, err := r.answer(ctx, port, "greeting 0")
	if err != nil {
		return err
	}
	if err := r.expect(ctx, 1, "machine: ssh: root logged in"); err != nil {
		return err
	}
	var all, build, rest, well series
	failed := 0
	for n := 1; n <= b.runs; n++ {
		time.Sleep(time.Second) // the machine comes to rest
		saved := time.Now()
		if err := writeGreeter(dir, n); err != nil {
			return err
		}
		at, lost, err := r.answer(ctx, port, fmt.Sprintf("greeting %d", n))
		if err != nil {
			return err
		}
		if err := r.expect(ctx, n, "The new program runs"); err != nil {
			return err
		}
		took := at.Sub(saved)
		built, replaced := r.split()
		all, build, rest, well = append(all, took), append(build, built), append(rest, took-built), append(well, replaced)
		failed = max(failed, lost)
	}
	fmt.Fprint(b.out, "| from saving a file to the new answer | of which build | push and restart | from push until it is known to be well | bake and boot, once | most failed requests of 50 a second |\n|---|---|---|---|---|---|\n")
	fmt.Fprintf(b.out, "| %s | %s | %s | %s | %.3f s | %d |\n\n", all, build, rest, well, bakeAndBoot.Sub(r.started).Seconds(), failed)
	return nil
}

// greeterModule makes a folder with the module of the program.
func (b *bench) greeterModule() (string, error) {
	dir := filepath.Join(b.dir, "greeter")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/greeter\n\ngo 1.24\n"), 0o644); err != nil {
		return "", err
	}
	return dir, writeGreeter(dir, 0)
}

// running is the command, with what it and its machine have said.
type running struct {
	cmd     *exec.Cmd
	started time.Time
	ended   chan struct{}

	mu   sync.Mutex
	said bytes.Buffer
}

func (r *running) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.Write(p)
}

func (r *running) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.String()
}

func (b *bench) start(ctx context.Context, dir string, args ...string) (*running, error) {
	r := &running{cmd: exec.CommandContext(ctx, b.scratchmachine, args...), started: time.Now(), ended: make(chan struct{})}
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = dir, r, r
	if err := r.cmd.Start(); err != nil {
		return nil, errors.Wrap(err, "starting the command")
	}
	go func() {
		defer close(r.ended)
		_ = r.cmd.Wait()
	}()
	return r, nil
}

// stop ends the machine in order.
func (r *running) stop() {
	_ = r.cmd.Process.Signal(os.Interrupt)
	<-r.ended
}

// expect waits until a text has been said n times.
func (r *running) expect(ctx context.Context, n int, text string) error {
	for strings.Count(r.text(), text) < n {
		select {
		case <-r.ended:
			return errors.Errorf("the command ended and did not say %q:\n%s", text, r.text())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// split are the times that the command says of the last replacement.
func (r *running) split() (built, replaced time.Duration) {
	found := regexp.MustCompile(`built in ([0-9.]+) s, replaced in ([0-9.]+) s`).FindAllStringSubmatch(r.text(), -1)
	if len(found) == 0 {
		return 0, 0
	}
	last := found[len(found)-1]
	built, _ = time.ParseDuration(last[1] + "s")
	replaced, _ = time.ParseDuration(last[2] + "s")
	return built, replaced
}

// answer asks 50 times a second until the answer is the one that is wanted, or any, and
// returns when that was, and how many questions failed.
func (r *running) answer(ctx context.Context, port int, want string) (at time.Time, failed int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		at   time.Time
		text string
		err  error
	}
	results := make(chan result)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			go func() {
				text, err := get(ctx, port)
				select {
				case results <- result{time.Now(), text, err}:
				case <-ctx.Done():
				}
			}()
		case one := <-results:
			if one.err == nil && (want == "" || one.text == want) {
				return one.at, failed, nil
			}
			if one.err != nil {
				failed++
			}
		case <-r.ended:
			return at, failed, errors.Errorf("the command ended:\n%s", r.text())
		case <-ctx.Done():
			return at, failed, ctx.Err()
		}
	}
}

// get asks on a connection of its own.
func get(ctx context.Context, port int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/", port), nil)
	if err != nil {
		return "", err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, errors.Wrap(err, "finding a free port")
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
