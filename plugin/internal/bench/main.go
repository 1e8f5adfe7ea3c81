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
	"golang.org/x/crypto/ssh"
)

// bench is what all measurements share.
type bench struct {
	kernel  string // folder with vmlinuz and e1000.ko
	dir     string // scratch
	program string // the demonstration, an ELF file
	runs    int
	key     ssh.Signer // logs in by SSH
	out     io.Writer
	qemu    string // QEMU's name and version
	json    string // file for the numbers of the boots, empty for none
	output  string // folder for the images
	virtrun string // its program, empty for none
	page    string // file whose tables of the boots are written anew, empty for none

	scratchmachine string // the command, once it is built
}

func main() {
	var b bench
	flag.StringVar(&b.kernel, "kernel", "", "the folder with vmlinuz, and e1000.ko unless it is built in")
	flag.IntVar(&b.runs, "runs", 5, "how often each thing is measured")
	flag.StringVar(&b.json, "json", "", "a file for the numbers of all boots")
	flag.StringVar(&b.output, "output", "", "the folder for images")
	flag.StringVar(&b.virtrun, "virtrun", "", "the program virtrun, to measure beside exec")
	flag.StringVar(&b.page, "update", "", "a page whose table of the boots is to be written anew")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures one thing, or bake and boot.
func (b *bench) run(ctx context.Context, what string) error {
	var parts []func(context.Context) error
	switch what {
	case "":
		parts = append(parts, b.bake, b.boot)
	case "bake":
		parts = append(parts, b.bake)
	case "boot":
		parts = append(parts, b.boot)
	case "init":
		parts = append(parts, b.initTime)
	case "memory":
		parts = append(parts, b.memory)
	case "images":
		parts = append(parts, b.images)
	case "loop":
		parts = append(parts, b.loop)
	case "large":
		parts = append(parts, b.large)
	default:
		return errors.Errorf("%q is not bake, boot, init, memory, images, loop or large", what)
	}
	var err error
	if b.qemu, err = qemuVersion(ctx); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "bench-"); err != nil {
		return errors.Wrap(err, "making a folder")
	}
	defer os.RemoveAll(b.dir)
	if b.key, err = newKey(); err != nil {
		return err
	}
	b.program, b.out = filepath.Join(b.dir, "demo"), os.Stdout
	if err := b.prepare(); err != nil {
		return err
	}
	for _, part := range parts {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}
