package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run runs a command line, and returns the exit status and what was written.
func run(t *testing.T, ctx context.Context, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	cmd := root()
	cmd.SetOut(&out)
	cmd.SetErr(&err)
	status = execute(ctx, cmd, args)
	return status, out.String(), err.String()
}

// TestRefuses: one line, and what to do.
func TestRefuses(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args   string
		status int
		want   string
	}{
		{"fly", 2, `there is no command "fly" (see scratchmachine --help)`},
		{"--fly", 2, "unknown flag: --fly (see scratchmachine --help)"},
		{"run --accel vmx", 2, `the accelerator is kvm, hvf, whpx or tcg, not "vmx"`},
		{"build", 2, "nothing is to be written: give --output-iso FILE, or another output (see scratchmachine build --help)"},
		{"build --outputs x", 2, "unknown flag: --outputs (see scratchmachine build --help)"},
		{"build a b --output-iso x", 2, "name one package or program, not 2"},
		{"build a --program b --output-iso x", 1, "a, and --program or --package: name one"},
		{"build --output-iso x.iso --arch riscv64", 1, "there is no kernel for riscv64"},
		{"build --output-iso x.iso --kernel k --cpus 99", 1, "cpus must be from 1 to 64, not 99"},
		{"run --output-iso x", 2, "unknown flag: --output-iso"},
		{"run --publish 80", 2, `"80" is not HOST:GUEST`},
		{"ps", 2, "say which machine: --to HOST[:PORT] or --vagrant NAME (see scratchmachine ps --help)"},
		{"logs x --to y", 2, `"x" is too much`},
		{"restart --to :22", 1, "names no machine"},
		{"exec", 2, "name the program to run (see scratchmachine exec --help)"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			status, _, said := run(t, t.Context(), strings.Fields(test.args)...)
			if status != test.status || !strings.Contains(said, test.want) || strings.Count(said, "\n") != 1 {
				t.Errorf("status %d, want %d; it said %q, want %q", status, test.status, said, test.want)
			}
		})
	}
}

// TestCancelled: Ctrl-C is no failure to be explained.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, _ := run(t, ctx, "build", "--output-iso", filepath.Join(t.TempDir(), "x.iso")); status != interrupted {
		t.Errorf("status %d", status)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"run", "--help"}, {"build", "--help"}, {"exec", "--help"}, {"logs", "--help"}, {"shell", "--help"}, {"completion", "bash"}} {
		if status, out, said := run(t, t.Context(), args...); status != 0 || len(out) < 200 || said != "" {
			t.Errorf("%v: status %d, %d bytes, %q", args, status, len(out), said)
		}
	}
}
