package confine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// confined runs a shell script without the rights: the test's own executable
// becomes the shell.
func confined(t *testing.T, r Rights, script string) string {
	t.Helper()
	path, argv, err := Command(r, "/bin/sh", []string{"sh", "-c", script})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := (&exec.Cmd{Path: path, Args: argv, Env: []string{"GREETING=hello"}}).CombinedOutput()
	return string(out)
}

func TestNoNewPrivileges(t *testing.T) {
	if out := confined(t, Rights{NoNewPrivileges: true}, `echo $0 $GREETING; grep NoNewPrivs /proc/self/status`); out != "sh hello\nNoNewPrivs:\t1\n" {
		t.Errorf("%q", out)
	}
}

func TestReadOnly(t *testing.T) {
	if _, err := landlocksys.LandlockGetABIVersion(); err != nil {
		out := confined(t, Rights{ReadOnly: true}, "echo still here")
		if !strings.Contains(out, "the kernel has no Landlock") || !strings.HasSuffix(out, "still here\n") {
			t.Errorf("%q", out)
		}
		t.Skipf("this kernel has no Landlock: %v", err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"read": "text", "write": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o777); err != nil {
		t.Fatal(err)
	}
	out := confined(t, Rights{ReadOnly: true, Writable: []string{dir + "/data", dir + "/write", dir + "/none"}},
		"cd "+dir+`; cat read; echo x >read || echo kept; echo x >new || echo none
		echo x >data/a && mv data/a data/b && echo x >write && echo x >/dev/null && echo written`)
	for _, want := range []string{"text", "kept\n", "none\n", "written\n", "nothing to be writable: stat " + dir + "/none"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %q", want, out)
		}
	}
	if content, err := os.ReadFile(filepath.Join(dir, "read")); err != nil || string(content) != "text" {
		t.Errorf("%q, %v", content, err)
	}
}

// TestNotRun: a program that is not there is reported.
func TestNotRun(t *testing.T) {
	path, argv, err := Command(Rights{NoNewPrivileges: true}, "/nowhere/app", []string{"app"})
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: path, Args: argv}
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != notRun || !strings.Contains(string(out), "starting the program /nowhere/app: no such file") {
		t.Errorf("exit status %d: %s", cmd.ProcessState.ExitCode(), out)
	}
}
