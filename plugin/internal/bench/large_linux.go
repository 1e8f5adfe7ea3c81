package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/peak"
)

// large bakes programs that do not compress, of several sizes, into an ISO image and a
// box, with the command, and prints the time and the most memory that each bake takes.
func (b *bench) large(ctx context.Context) error {
	if err := b.buildCommand(ctx); err != nil {
		return err
	}
	fmt.Fprint(b.out, "| program | time | most memory |\n|---|---|---|\n")
	for _, mib := range []int64{100, 300, 600} {
		program := filepath.Join(b.dir, "large")
		if err := b.enlarge(program, mib<<20); err != nil {
			return err
		}
		var times series
		most := int64(0)
		for range b.runs {
			took, resident, err := b.bakeLarge(ctx, b.scratchmachine, program)
			if err != nil {
				return err
			}
			times, most = append(times, took), max(most, resident)
		}
		fmt.Fprintf(b.out, "| %d MiB | %s | %d MB |\n", mib, times, most/1e6)
	}
	return nil
}

// enlarge writes the demonstration with so many random bytes behind it.
func (b *bench) enlarge(path string, extra int64) error {
	program, err := os.ReadFile(b.program)
	if err != nil {
		return errors.Wrap(err, "reading the program")
	}
	if err := os.WriteFile(path, program, 0o755); err != nil {
		return errors.Wrap(err, "writing a large program")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return errors.Wrap(err, "writing a large program")
	}
	_, err = io.CopyN(f, rand.Reader, extra)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return errors.Wrap(err, "writing a large program")
}

// bakeLarge bakes once. It returns the time and the command's largest resident set in bytes.
func (b *bench) bakeLarge(ctx context.Context, command, program string) (time.Duration, int64, error) {
	c := exec.CommandContext(ctx, command, "build", program, "--kernel", filepath.Join(b.kernel, "vmlinuz"),
		"--output-iso", filepath.Join(b.dir, "large.iso"), "--output-box", filepath.Join(b.dir, "large.box"))
	start := time.Now()
	out, resident, err := peak.Run(c)
	return time.Since(start), resident, errors.Wrapf(err, "baking a large program: %s", out)
}
