package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/push"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/watch"
)

// watching replaces the program of the machine that run has started when its sources
// change.
type watching struct {
	build   program.Build // of the package, or
	elf     string        // the program, built by others
	watcher *watch.Watcher
	link    *link
	forward qemu.Forward // of the link
	report  lines
	running [sha256.Size]byte // the digest of the program that was pushed last
}

// watch begins to watch the program of the options, and has the machine let it in.
func (o *runOptions) watch(ctx context.Context, r lines) (*watching, error) {
	if o.Program == "" && o.Package == "" {
		return nil, errors.New("--watch needs a package, or a program that something else builds")
	}
	w := &watching{build: program.Build{Package: o.Package, Arch: o.arch, Flags: o.BuildFlags}, elf: o.Program, report: r}
	s, err := w.sources(ctx)
	if err != nil {
		return nil, err
	}
	if w.watcher, err = watch.New(ctx, s); err != nil {
		return nil, err
	}
	r.Sayf("Watching %d folders for changes", len(s.Folders()))
	if w.link, err = newLink(); err != nil {
		return nil, err
	}
	w.forward, err = w.link.bakeInto(&o.Options)
	return w, err
}

func (w *watching) sources(ctx context.Context) (program.Sources, error) {
	if w.elf == "" {
		return w.build.Sources(ctx)
	}
	path, err := filepath.Abs(w.elf)
	return program.Sources{Files: []string{path}}, err
}

// start watches until ctx ends, or end is called. It logs in as soon as the machine is
// there, and not only when there is something to push.
func (w *watching) start(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer w.link.lost()
		if _, err := w.link.client(ctx); err == nil {
			watch.Loop{Sources: w.sources, Build: w.rebuild}.Run(ctx, w.watcher)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// rebuild builds the program, and returns what pushes it. A failure leaves the old
// program running.
func (w *watching) rebuild(ctx context.Context, changed string) func(context.Context) {
	path, remove := w.elf, func() {}
	began := time.Now()
	if w.elf == "" {
		var err error
		w.report.Sayf("%s changed: building", filepath.Base(changed))
		if path, remove, err = w.build.Run(ctx); err != nil {
			w.failed(ctx, err)
			return nil
		}
	}
	took := time.Since(began)
	return func(ctx context.Context) {
		defer remove()
		if err := w.push(ctx, path, took); err != nil {
			w.failed(ctx, err)
		}
	}
}

// failed says why, in any case: the machine does not do what its user thinks.
func (w *watching) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		fmt.Fprintf(w.report.out, "%v\nThe old program runs on\n", err)
	}
}

func (w *watching) push(ctx context.Context, path string, built time.Duration) error {
	image, err := input.NewFile(path, input.MaxProgram)
	if err != nil {
		return errors.Wrap(err, "program")
	}
	sum, err := digest(ctx, image)
	if err != nil {
		return err
	}
	if sum == w.running {
		w.report.Say("The program is the same")
		return nil
	}
	began := time.Now()
	session, err := w.link.session(ctx)
	if err != nil {
		return err
	}
	defer session.Close()
	result, err := session.Push(ctx, image, push.Options{Service: config.Main})
	if err != nil {
		return err
	}
	if result.Outcome != replacement.Replaced {
		return errors.New(result.String())
	}
	w.running = sum
	w.report.Sayf("The new program runs: built in %.2f s, replaced in %.2f s", built.Seconds(), time.Since(began).Seconds())
	return nil
}

func digest(ctx context.Context, image content.Content) (sum [sha256.Size]byte, err error) {
	hash := sha256.New()
	err = content.Copy(ctx, hash, image)
	hash.Sum(sum[:0])
	return sum, errors.Wrap(err, "reading the program")
}
