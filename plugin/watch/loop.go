package watch

import (
	"context"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

// Loop builds a program whenever its sources change.
type Loop struct {
	// Sources lists them anew after each build.
	Sources func(context.Context) (program.Sources, error)
	// Build builds the program for the changes of a file and those with it. What it
	// returns uses the program. A change while it runs ends its context, and it is called
	// again.
	Build func(ctx context.Context, changed string) (use func(context.Context))
}

// Run loops until ctx ends.
func (l Loop) Run(ctx context.Context, w *Watcher) {
	for {
		select {
		case changed := <-w.Changes():
			l.round(ctx, w, changed)
		case <-ctx.Done():
			return
		}
	}
}

// round builds until there was no change meanwhile, and uses what was built.
func (l Loop) round(ctx context.Context, w *Watcher, changed string) {
	use := l.build(ctx, w, changed)
	if ctx.Err() != nil {
		return
	}
	if use != nil {
		use(ctx)
	}
	// A list that cannot be had now, as of a broken go.mod, is that of before.
	if s, err := l.Sources(ctx); err == nil {
		_ = w.Set(s) // a folder that has just gone is missed by the next build
	}
}

func (l Loop) build(ctx context.Context, w *Watcher, changed string) func(context.Context) {
	for {
		attempt, cancel := context.WithCancel(ctx)
		built := make(chan func(context.Context), 1)
		go func() { built <- l.Build(attempt, changed) }()
		select {
		case use := <-built:
			cancel()
			return use
		case changed = <-w.Changes():
			cancel()
			<-built
		}
	}
}
