package execution

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/execution"
)

// send makes what a machine sends of frames.
func send(t *testing.T, frames ...any) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("\x00firmware\r\n") // is passed over
	for i := 0; i < len(frames); i += 2 {
		if err := execution.Write(&out, frames[i].(execution.Kind), []byte(frames[i+1].(string))); err != nil {
			t.Fatal(err)
		}
	}
	return &out
}

func TestReceive(t *testing.T) {
	dir := t.TempDir()
	profile, long := filepath.Join(dir, "new", "c.out"), strings.Repeat("x", 3*execution.MaxPayload+1)
	in := send(t, execution.Stdout, "out", execution.Stderr, "err", execution.Stdout, long,
		execution.File, profile, execution.Data, "mode: ", execution.Data, "set\n",
		execution.File, filepath.Join(dir, "covdata", "a"), execution.Data, "a", execution.Exit, "7")
	var stdout, stderr bytes.Buffer
	status, err := receive(in, []string{profile, filepath.Join(dir, "covdata")}, &stdout, &stderr)
	if status != 7 || err != nil || stdout.String() != "out"+long || stderr.String() != "err" {
		t.Errorf("status %d, %v, %d bytes, %q", status, err, stdout.Len(), stderr.String())
	}
	if content, err := os.ReadFile(profile); string(content) != "mode: set\n" {
		t.Errorf("%q, %v", content, err)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "covdata", "a")); string(content) != "a" {
		t.Errorf("%q, %v", content, err)
	}
}

// TestReceiveRefuses: a machine writes to no file that it was not asked for, and one that
// was cut off leaves nothing.
func TestReceiveRefuses(t *testing.T) {
	dir := t.TempDir()
	profile := filepath.Join(dir, "c.out")
	cut := send(t, execution.File, profile, execution.Data, "half")
	for name, test := range map[string]struct {
		in   *bytes.Buffer
		want string
	}{
		"another file":   {send(t, execution.File, filepath.Join(dir, "other"), execution.Exit, "0"), "that nobody asked for"},
		"a way out":      {send(t, execution.File, profile+"/../../x", execution.Exit, "0"), "that nobody asked for"},
		"a longer name":  {send(t, execution.File, profile+"2", execution.Exit, "0"), "that nobody asked for"},
		"no file":        {send(t, execution.Data, "x"), "a piece of no file"},
		"cut off":        {cut, "EOF"},
		"within a frame": {bytes.NewBuffer(send(t, execution.Stdout, "hello").Bytes()[:14]), "a frame is cut off"},
		"no frame":       {bytes.NewBufferString("\xa7o\xff\xff\xff\xffx"), "is no frame"},
		"a failure":      {send(t, execution.Failure, "exec format error"), "exec format error"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := receive(test.in, []string{profile}, &bytes.Buffer{}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
}

func TestTestOutputs(t *testing.T) {
	args := []string{"-test.v=true", "-test.coverprofile=c.out", "-test.outputdir=/src/x", "-test.trace=/tmp/t", "-test.testlogfile=/tmp/log", "-test.gocoverdir=/tmp/d", "-x=-test.cpuprofile=y"}
	if got := testOutputs(args); !slices.Equal(got, []string{"/src/x/c.out", "/tmp/t", "/tmp/log"}) || !isTest(args) {
		t.Errorf("got %v", got)
	}
	if got := testOutputs([]string{"-v", "coverprofile=x"}); got != nil || isTest([]string{"-v"}) {
		t.Errorf("got %v", got)
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"PATH=/usr/local/bin", "TMPDIR=/var/x", "HOME=/home/me", "A=b=c", "GOROOT=/go"})
	if !slices.Equal(got, []string{"PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/root", "A=b=c", "GOROOT=/go"}) {
		t.Errorf("got %v", got)
	}
}

// FuzzReceive: whatever a machine sends, it ends, and nothing but what was asked for is
// written.
func FuzzReceive(f *testing.F) {
	f.Add([]byte("\xa7o\x05\x00\x00\x00hello\xa7x\x01\x00\x00\x000"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		dir := t.TempDir()
		_, _ = receive(bytes.NewReader(sent), []string{filepath.Join(dir, "a")}, &bytes.Buffer{}, &bytes.Buffer{})
		left, _ := os.ReadDir(dir)
		for _, e := range left {
			if e.Name() != "a" {
				t.Errorf("left %s", e.Name())
			}
		}
	})
}
