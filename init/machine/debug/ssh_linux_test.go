package debug

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// exitStatusOf returns the exit status of a program that has run.
func exitStatusOf(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func TestCommands(t *testing.T) {
	f := newFake(t)
	tests := []struct {
		name, line, stdin, want string
		status                  int
	}{
		{"echo", "echo hello", "", "hello\n", 0},
		{"status", "exit 7", "", "", 7},
		{"pipe", "printf 'b\\na\\n' | grep a && uname -s", "", "a\nLinux\n", 0},
		{"not there", "nothing-like-this", "", "\"nothing-like-this\": executable file not found in $PATH\n", 127},
		{"sh", "sh -c 'echo $1' x y", "", "y\n", 0},
		{"Vagrant's shell", "bash -l", "export TERM=\"vt100\"\nprintf 'mark'\n(>&2 printf '')\ntest -f /nothing || echo no\nexit\n", "markno\n", 0},
		{"stdin", "cat", "some\ntext", "some\ntext", 0},
		{"program", "/bin/sh -c 'echo program; exit 4'", "", "program\n", 4},
		{"sudo", "sudo -E -H bash -l", "id -u; exit 3\n", "0\n", 3},
		{"where", `pwd; echo "$USER at $HOSTNAME"`, "", f.dir + "\nroot at testmachine\n", 0},
		{"killed", "/bin/sh -c 'kill -9 $$'", "", "", 137},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := f.ssh(t, test.stdin, test.line)
			if status := exitStatusOf(err); out != test.want || status != test.status {
				t.Errorf("status %d, %q; want %d, %q", status, out, test.status, test.want)
			}
		})
	}
}

// TestNegotiation: OpenSSH and the server agree on modern algorithms. Old ones are
// refused.
func TestNegotiation(t *testing.T) {
	f := newFake(t)
	out, err := f.ssh(t, "", "-v", "true")
	if err != nil {
		t.Fatal(err, out)
	}
	for _, want := range []string{
		`kex: algorithm: (mlkem768x25519-sha256|curve25519-sha256)`, `kex: host key algorithm: ssh-ed25519`,
		`kex: server->client cipher: (aes128-gcm@openssh.com|chacha20-poly1305@openssh.com)`,
		`Authenticated to 127.0.0.1 .* using "publickey"`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s is not in:\n%s", want, out)
		}
	}
	for _, weak := range []string{
		"KexAlgorithms=diffie-hellman-group14-sha1", "KexAlgorithms=diffie-hellman-group14-sha256", "Ciphers=aes128-cbc",
		"MACs=hmac-sha1", "HostKeyAlgorithms=ssh-rsa",
	} {
		out, err := f.ssh(t, "", "-o", weak, "-o", "Ciphers=aes128-ctr,aes128-cbc", "true")
		if weak == "Ciphers=aes128-cbc" {
			out, err = f.ssh(t, "", "-o", weak, "true")
		}
		if err == nil || !strings.Contains(out, "no matching") {
			t.Errorf("%s: %v: %s", weak, err, out)
		}
	}
}

func TestWrongKey(t *testing.T) {
	f := newFake(t)
	login := func(key string) string {
		out, _ := f.client(t, "ssh", key, "root@127.0.0.1", "echo in").CombinedOutput()
		return string(out)
	}
	if out := login("wrong"); !strings.Contains(out, "Permission denied (publickey)") {
		t.Error(out)
	}
	// A key that is authorized while the machine runs, as Vagrant does it.
	public, err := exec.Command("ssh-keygen", "-y", "-f", filepath.Join(f.dir, "wrong")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := f.ssh(t, string(public), "mkdir -p ~/.ssh && cat >> ~/.ssh/authorized_keys"); err != nil {
		t.Fatal(out)
	}
	if out := login("wrong"); out != "in\n" {
		t.Error(out)
	}
	if err := f.stop(); err != nil {
		t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, want := range []string{"was not let in: none of its keys is authorized", "vagrant logged in from 127.0.0.1:", "with SHA256:"} {
		if !strings.Contains(f.shown.String(), want) {
			t.Errorf("%q is not in %q", want, f.shown.String())
		}
	}
}

// TestCopies: files stay the same when copied in both directions, by scp's old protocol
// and by SFTP.
func TestCopies(t *testing.T) {
	f := newFake(t)
	content := make([]byte, 300<<10)
	_, _ = rand.Read(content)
	for _, d := range []string{"there", "back"} {
		if err := os.Mkdir(filepath.Join(f.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f.write(t, "file", string(content))
	if err := os.MkdirAll(filepath.Join(f.dir, "tree/sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.write(t, "tree/sub/a file", "inside")
	for name, program := range map[string][]string{"old": {"scp", "-O"}, "sftp": {"scp", "-s"}} {
		there := "vagrant@127.0.0.1:" + f.dir + "/there"
		for _, args := range [][]string{
			{"-p", "file", there + "/" + name},
			{"-r", "tree", there + "/tree-" + name},
			{there + "/" + name, "back/"},
			{"-r", there + "/tree-" + name, "back/"},
		} {
			cmd := f.client(t, program[0], "right", append(program[1:], args...)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %v: %s", cmd.Args, err, out)
			}
		}
		back, err := os.ReadFile(filepath.Join(f.dir, "back", name))
		if err != nil || !bytes.Equal(back, content) {
			t.Errorf("%s: %d bytes are not what was sent: %v", name, len(back), err)
		}
		inside, err := os.ReadFile(filepath.Join(f.dir, "back/tree-"+name, "sub/a file"))
		if err != nil || string(inside) != "inside" {
			t.Errorf("%s: %q, %v", name, inside, err)
		}
	}
	cmd := f.client(t, "scp", "right", "-O", "file", "vagrant@127.0.0.1:/nowhere/at/all")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "no such file or directory") {
		t.Errorf("%v: %s", err, out)
	}
	cmd = f.client(t, "sftp", "right", "-b", "-", "vagrant@127.0.0.1")
	cmd.Stdin = strings.NewReader("rename there/old there/renamed\nls there\n")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "there/renamed") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestForward: ssh -L reaches a port of the machine. ssh -R, to a port of the client,
// is refused.
func TestForward(t *testing.T) {
	f := newFake(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "through") }))
	defer web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	local := l.Addr().String()
	_ = l.Close()
	tunnel := f.client(t, "ssh", "right", "-N", "-L", local+":"+strings.TrimPrefix(web.URL, "http://"), "vagrant@127.0.0.1")
	if err := tunnel.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tunnel.Process.Kill(); _ = tunnel.Wait() }()
	var body []byte
	for range 100 {
		if r, err := http.Get("http://" + local); err == nil {
			body, _ = io.ReadAll(r.Body)
			_ = r.Body.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if string(body) != "through" {
		t.Errorf("%q", body)
	}
	if out, err := f.ssh(t, "", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "true"); err == nil {
		t.Errorf("a port of the client's was let in: %s", out)
	}
}

// TestTerminal: with a terminal there are a prompt and line editing, and Ctrl-C ends a
// line or a command but not the shell.
func TestTerminal(t *testing.T) {
	f := newFake(t)
	cmd := f.client(t, "ssh", "right", "-tt", "-o", "LogLevel=ERROR", "vagrant@127.0.0.1")
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	screen, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := bufio.NewReader(screen)
	var text strings.Builder
	for _, step := range []struct{ wait, typed string }{
		{":" + f.dir + "# ", "echo nothing\x03"},
		{"# ", "echo h\x7f$((6*7)); ls /dev/null\r"},
		{"42\r\n/dev/null\r\n", ""},
		{"# ", "for i in 1 2; do\r"},
		{"> ", "echo line $i\r"},
		{"> ", "done\r"},
		{"line 1\r\nline 2\r\n", ""},
		{"# ", "echo begin; sleep 60\r"},
		{"begin\r\n", "\x03"},
		{"# ", "exit 5\r"},
	} {
		for text.Reset(); !strings.HasSuffix(text.String(), step.wait); {
			b, err := seen.ReadByte()
			if err != nil {
				t.Fatalf("%q does not come, but %q", step.wait, text.String())
			}
			text.WriteByte(b)
		}
		if strings.Contains(text.String(), "\nnothing\r\n") {
			t.Errorf("Ctrl-C did not clear the line: %q", text.String())
		}
		if _, err := io.WriteString(keys, step.typed); err != nil {
			t.Fatal(err)
		}
	}
	if status := exitStatusOf(cmd.Wait()); status != 5 {
		t.Errorf("status %d", status)
	}
	if out, err := f.ssh(t, "", "-tt", "-o", "LogLevel=ERROR", "test -t 0 && echo terminal"); err != nil || out != "terminal\r\n" {
		t.Errorf("%v: %q", err, out)
	}
}
