package shell

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/expand"
)

// run runs a line in a folder and returns what it shows, and its status.
func run(t *testing.T, dir, stdin, line string) (stdout, stderr string, status int) {
	t.Helper()
	var out, failed strings.Builder
	s := shell{dir, expand.ListEnviron("PATH=/usr/bin:/bin", "HOME="+dir, "LANG=C"), strings.NewReader(stdin), &out, &failed}
	status = s.main(t.Context(), []string{"-c", line})
	return out.String(), failed.String(), status
}

// files makes a folder with some.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"numbers": "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "words": "one two\nthree\n", "no-end": "a\nb", "empty": "",
		"patterns": "one\n^b\n", "script": "#!/no/such/bash\necho \"script $1\"\nexit 3\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCommands(t *testing.T) {
	dir := files(t)
	self := strconv.Itoa(os.Getpid())
	tests := []struct {
		line, stdin, stdout, stderr string
		status                      int
	}{
		{line: "head -n 2 numbers", stdout: "1\n2\n"},
		{line: "head -1 no-end; head -n 9 no-end", stdout: "a\na\nb"},
		{line: "head -n x numbers", stderr: "head: invalid value \"x\"", status: 1},
		{line: "tail -n 2 numbers", stdout: "11\n12\n"},
		{line: "tail -1", stdin: "x\ny", stdout: "y"},
		{line: "tail nowhere", stderr: "tail: open " + dir + "/nowhere: no such file", status: 1},
		{line: "wc -l numbers", stdout: "12 numbers\n"},
		{line: "wc words empty", stdout: "2 3 14 words\n0 0 0 empty\n"},
		{line: "wc -c", stdin: "12345", stdout: "5\n"},
		{line: "tee copy >/dev/null && tee -a copy && cat copy", stdin: "x\n", stdout: "x\n"},
		{line: `env A=1 B="it's" sh -c 'echo $A $B'`, stdout: "1 it's\n"},
		{line: "env 'A;echo bad=1' true", stderr: "there is no variable", status: 1},
		{line: "export NEW=5; env | grep NEW", stdout: "NEW=5\n"},
		{line: "sudo -E -H echo as root", stdout: "as root\n"},
		{line: "sudo", stdout: ""},
		{line: "id -un; id -u", stdout: "root\n" + strconv.Itoa(os.Getuid()) + "\n"},
		{line: "uname; uname -o", stdout: "Linux\nLinux\n"},
		{line: "sleep 0; sleep 1ms; sleep later", stderr: "sleep: time: ", status: 1},
		{line: "sleep", stderr: "say how many seconds", status: 1},
		{line: "kill -9 none", stderr: `kill: "none" is not the number of a process`, status: 1},
		{line: "kill -NOTHING 1", stderr: "there is no signal NOTHING", status: 1},
		{line: "kill -0 " + self, stdout: ""},
		{line: "pidof " + strings.TrimSpace(comm(t)) + " | grep -cw " + self, stdout: "1\n"},
		{line: "pidof nobody", status: 1},
		{line: "killall nobody", stderr: "no process is called nobody", status: 1},
		{line: "killall -NOTHING nobody", stderr: "there is no signal NOTHING", status: 1},
		{line: "killall", stderr: "say whom", status: 1},
		{line: "df . | wc -l; df nowhere | wc -l; df /proc", stdout: "2\n1\nSOURCE  TYPE  MIB  USED  FREE  USE%  MOUNTED ON\n-       -     0    0     0     0%    /proc\n",
			stderr: "df: nowhere: no such file"},
		{line: "df | grep -c ' /dev$'", stdout: "1\n"},
		{line: "help | head -n 1", stdout: "A shell without a userland. Beside the shell's own commands it has:\n"},
		{line: "ps -p " + self + " -o comm=", stdout: comm(t)},
		{line: "ps -p 99999999 -o comm=", status: 1},
		{line: "./script x", stdout: "script x\n", status: 3},
		{line: "cd /; pwd; cat numbers", stdout: "/\n", stderr: "numbers: no such file", status: 1},
		{line: "mkdir -p d/e && touch d/e/f && mv d/e/f d/g && ls d && rm -r d && test -e d", stdout: "e\ng\n", status: 1},
		{line: "ls nowhere words", stdout: "words\n", stderr: "ls: nowhere: no such file or directory", status: 1},
		{line: "mkdir -p d/e; touch d/f; ls d/f; ls -d d; ls -Q d/f; ls -l d/f | grep -c ' d/f$'; ls d; rm -r d",
			stdout: "d/f\nd\n\"d/f\"\n1\ne\nf\n"},
		{line: "scp x", stderr: "only the other side of scp", status: 1},
		{line: "fetch", stderr: "say which URL", status: 1},
		{line: "ping", stderr: "say whom", status: 1},
		{line: "ip neighbour", stderr: "this one knows: addr, link, route", status: 1},
		{line: "if", stderr: "sh: ", status: 2},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			stdout, stderr, status := run(t, dir, test.stdin, test.line)
			if stdout != test.stdout || status != test.status || !strings.Contains(stderr, test.stderr) || test.stderr == "" && stderr != "" {
				t.Errorf("status %d, %q, error %q; want %d, %q, %q", status, stdout, stderr, test.status, test.stdout, test.stderr)
			}
		})
	}
}

// TestKillall ends a program of ours by its name.
func TestKillall(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("there is no sleep here")
	}
	name := filepath.Join(t.TempDir(), "a-sleeper-"+strconv.Itoa(os.Getpid()))
	if err := os.Symlink(sleep, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := run(t, "/", "", "killall -9 "+filepath.Base(name)); status != 0 {
		_ = cmd.Process.Kill()
		t.Errorf("status %d, %s", status, stderr)
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("it ended with %v", err)
	}
}

// comm is what the kernel calls this process.
func comm(t *testing.T) string {
	t.Helper()
	name, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	return string(name)
}

// TestGrep: our grep finds what GNU's does.
func TestGrep(t *testing.T) {
	gnu, err := exec.LookPath("grep")
	if err != nil {
		t.Skip("there is no grep here")
	}
	dir := files(t)
	for _, args := range []string{
		"1 numbers", "-n 1 numbers", "-c 1 numbers", "-v 1 numbers", "-vc 1 numbers", "-x 1 numbers", "-w 1 numbers words",
		"-q 1 numbers", "-q z numbers", "z numbers", "-i ONE words", "-Fi E words", "-F . words", "-E t(w|h) words", "-e one -e 1 words numbers",
		"-h 1 numbers words", "-f patterns words no-end", "-f empty words", "-s 1 nowhere", "-- -x words", "-cv x empty", "b no-end", "-nw two words",
		"-en numbers words", "-in e words no-end",
	} {
		fields := strings.Fields(args)
		cmd := exec.Command(gnu, fields...)
		cmd.Dir, cmd.Env = dir, []string{"LC_ALL=C"}
		want, err := cmd.Output()
		if err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		for i, field := range fields {
			fields[i] = "'" + field + "'"
		}
		stdout, stderr, status := run(t, dir, "", "grep "+strings.Join(fields, " "))
		if stdout != string(want) || status != cmd.ProcessState.ExitCode() {
			t.Errorf("grep %s: status %d, %q, error %q; GNU's: %d, %q", args, status, stdout, stderr, cmd.ProcessState.ExitCode(), want)
		}
	}
	for line, want := range map[string]string{"grep": "a pattern is missing", "grep -Z x": "there is no option -Z", "grep '(' words": "missing closing )"} {
		if _, stderr, status := run(t, dir, "", line); status == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, %q", line, status, stderr)
		}
	}
}

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.Error(w, "it is gone", http.StatusGone)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Test", "yes")
		_, _ = io.WriteString(w, r.Method+" "+string(body))
	}))
	defer server.Close()
	dir, address := t.TempDir(), strings.TrimPrefix(server.URL, "http://")
	for line, want := range map[string]string{
		"curl -s " + address + "/":                              "GET ",
		"curl -d some " + server.URL:                            "POST some",
		"curl -X PUT -d some " + server.URL:                     "PUT some",
		"curl -o got " + server.URL + " && cat got":             "GET ",
		"curl -i " + server.URL + " | grep -c X-Test":           "1\n",
		"curl " + server.URL + "/gone":                          "it is gone\n",
		"curl -f " + server.URL + "/gone || echo failed":        "failed\n",
		"curl -o nowhere/got " + server.URL + " || echo failed": "failed\n",
	} {
		if stdout, stderr, _ := run(t, dir, "", line); stdout != want {
			t.Errorf("%s: %q, error %q, want %q", line, stdout, stderr, want)
		}
	}
}

// FuzzEnvLine: whatever the values of variables, env's command gets them, and
// nothing else runs.
func FuzzEnvLine(f *testing.F) {
	for _, seed := range []string{"plain", "", "it's", "$(reboot)", "`reboot`", "a\nb", `\`, "'; reboot; '", "é\x80"} {
		f.Add("NAME", seed)
	}
	f.Add("a;reboot;b", "x")
	f.Fuzz(func(t *testing.T, name, value string) {
		if strings.Contains(name, "=") || strings.ContainsAny(name+value, "\x00\r") { // no argument has a NUL; a shell's line has no CR
			return
		}
		line, err := envLine([]string{name + "=" + value, "mark"})
		if err != nil {
			return
		}
		ran, got := evaluate(t, line, name)
		if ran != "mark" || got != value {
			t.Errorf("%q runs %q, with %q", line, ran, got)
		}
	})
}
