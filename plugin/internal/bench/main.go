// Bench measures what the project promises, side by side with the shell recipe
// that it began as, in one run: the time of a bake, the images' sizes and the
// time from power-on to the first answer. scripts/bench runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/pkg/errors"
)

// bench is what all measurements share.
type bench struct {
	kernel  string // folder with vmlinuz and e1000.ko
	dir     string // scratch
	program string // the demonstration, an ELF file
	runs    int
	out     io.Writer
}

func main() {
	kernel := flag.String("kernel", "", "the folder with vmlinuz and e1000.ko")
	runs := flag.Int("runs", 5, "how often each thing is measured")
	only := flag.String("only", "", "bake or boot; empty for both")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *kernel, *runs, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kernel string, runs int, only string) error {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return errors.Wrap(err, "making a folder")
	}
	defer os.RemoveAll(dir)
	b := &bench{kernel: kernel, dir: dir, program: filepath.Join(dir, "demo"), runs: runs, out: os.Stdout}
	if err := b.prepare(); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "Kernel %s, %d runs of each, interleaved; medians (lowest to highest).\n", filepath.Base(kernel), runs)
	if only == "" || only == "bake" {
		if err := b.bake(ctx); err != nil {
			return err
		}
	}
	if only == "" || only == "boot" {
		return b.boot(ctx)
	}
	return nil
}
