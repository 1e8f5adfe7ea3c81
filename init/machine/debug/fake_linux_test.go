package debug

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/shell"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/machine"
)

// TestMain runs the shell if the test's executable is started under its name.
func TestMain(m *testing.M) {
	if os.Args[0] == shellName {
		os.Exit(shell.Main(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fake is a machine on this host, with an SSH server on the loopback interface and a
// user who has a key.
type fake struct {
	machine.Machine // nil: tests do not call the other methods
	config          config.Config
	address         string
	dir             string // holds the user's keys, and is the machine's home
	stop            func() error

	mu    sync.Mutex
	shown strings.Builder
}

func (f *fake) Config() config.Config { return f.config }

func (f *fake) Printf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fmt.Fprintf(&f.shown, format+"\n", args...)
}

func (f *fake) Start(path string, argv []string, attr *syscall.ProcAttr) (int, <-chan syscall.WaitStatus, error) {
	pid, err := syscall.ForkExec(path, argv, attr)
	if err != nil {
		return 0, nil, err
	}
	status := make(chan syscall.WaitStatus, 1)
	go func() {
		var s syscall.WaitStatus
		_, _ = syscall.Wait4(pid, &s, 0, nil)
		status <- s
	}()
	return pid, status, nil
}

// newFake starts the server. The key "right" may log in.
func newFake(t *testing.T) *fake {
	t.Helper()
	tooltest.Need(t, "ssh")
	f := &fake{dir: t.TempDir()}
	f.config.Hostname = "testmachine"
	f.config.Debug.SSH.AuthorizedKeys = []string{f.newKey(t, "right")}
	f.newKey(t, "wrong")
	key, _, err := hostKey("")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = l.Addr().String()
	_, port, _ := net.SplitHostPort(f.address)
	known := fmt.Sprintf("[127.0.0.1]:%s %s", port, ssh.MarshalAuthorizedKey(key.PublicKey()))
	f.write(t, "known_hosts", known)
	server := newServer(f, key, f.dir)
	f.stop = serving(t, func(ctx context.Context) error { return server.Serve(ctx, l) })
	return f
}

// serving runs a server until the test is over, or stop is called.
func serving(t *testing.T, serve func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx) }()
	stop = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return stop
}

// newKey makes the files of a key pair, and returns the line of the public key.
func (f *fake) newKey(t *testing.T, name string) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	f.write(t, name, string(pem.EncodeToMemory(block)))
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(ssh.MarshalAuthorizedKey(key))
}

func (f *fake) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// client returns a command of one of OpenSSH's programs, with one of the user's keys.
func (f *fake) client(t *testing.T, program, key string, args ...string) *exec.Cmd {
	t.Helper()
	_, port, _ := net.SplitHostPort(f.address)
	options := []string{
		"-F", "none", "-i", filepath.Join(f.dir, key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes",
		"-o", "UserKnownHostsFile=" + filepath.Join(f.dir, "known_hosts"), "-o", "StrictHostKeyChecking=yes", "-o", "Port=" + port,
	}
	cmd := exec.CommandContext(t.Context(), program, append(options, args...)...)
	cmd.Dir = f.dir
	return cmd
}

// ssh runs a command through ssh(1) with the right key, and returns the output.
func (f *fake) ssh(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := f.client(t, "ssh", "right", append([]string{"vagrant@127.0.0.1"}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
