//go:build unix

package machine

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestMain runs an ordinary program that uses Run, if the environment says so.
func TestMain(m *testing.M) {
	switch os.Getenv("MACHINE_TEST") {
	case "":
		os.Exit(m.Run())
	case "ends":
		Run(func(context.Context) error { return nil })
	case "fails":
		Run(func(context.Context) error { return errors.New("out of cheese") })
	case "waits":
		Run(func(ctx context.Context) error {
			os.Stdout.WriteString("up\n")
			<-ctx.Done()
			return ctx.Err()
		})
	case "deaf":
		Run(func(ctx context.Context) error {
			os.Stdout.WriteString("up\n")
			<-ctx.Done()
			os.Stdout.WriteString("asked\n")
			select {}
		})
	}
}

func program(t *testing.T, what string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "MACHINE_TEST="+what)
	cmd.Stderr = &stderr
	return cmd, &stderr
}

func TestRunEnds(t *testing.T) {
	cmd, _ := program(t, "ends")
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
	cmd, stderr := program(t, "fails")
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 || stderr.String() != "error: out of cheese\n" {
		t.Errorf("%v: %s", err, stderr)
	}
}

// TestRunInterrupted: the first interrupt ends the context, which is not a failure. The
// second ends a program that ignores the first.
func TestRunInterrupted(t *testing.T) {
	for what, status := range map[string]int{"waits": 0, "deaf": 130} {
		cmd, _ := program(t, what)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() { // "up", then "asked"
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != status {
			t.Errorf("%s: exit status %d, want %d", what, got, status)
		}
	}
}
