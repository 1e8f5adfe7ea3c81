package main

import (
	"context"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

// bootTime bounds one boot.
const bootTime = 3 * time.Minute

// contender is a machine to boot.
type contender struct {
	name    string
	options vm.Options
	// ask tells when the machine first did what it is for; by default, when it
	// answered over HTTP.
	ask   func(context.Context, *vm.VM) (time.Duration, error)
	boots []bootRun
}

// bootRun is one boot.
type bootRun struct {
	marks marks
	cpu   time.Duration // the processor time that QEMU took for it
}

// boot boots the contenders in turn, and reports.
func (b *bench) boot(ctx context.Context) error {
	contenders, err := b.contenders(ctx)
	if err != nil {
		return err
	}
	for range b.runs {
		for _, c := range contenders {
			if err := c.run(ctx); err != nil {
				return errors.Wrap(err, c.name)
			}
		}
	}
	return b.report(contenders)
}

// run boots once.
func (c *contender) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	v, err := vm.Start(ctx, c.options)
	if err != nil {
		return err
	}
	defer v.Stop()
	m := marks{}
	watched := make(chan error, 1)
	go func() { watched <- watch(ctx, v, m) }()
	asked, there := await(ctx, v, negotiating), await(ctx, v, negotiated)
	if err := <-watched; err != nil {
		return err
	}
	m[module], m[link] = <-asked, <-there
	// Asked before, it would have to answer hundreds of questions at once.
	if m[answer], err = c.ask(ctx, v); err != nil {
		return errors.Wrapf(err, "console:\n%s", v.Console())
	}
	v.Stop()
	c.boots = append(c.boots, bootRun{m, v.CPU()})
	return nil
}

// page asks for a page.
func page(ctx context.Context, v *vm.VM) (time.Duration, error) {
	first, err := v.Get(ctx, "/")
	return first.After, err
}

// await gives when a text was on the console, 0 if it never was.
func await(ctx context.Context, v *vm.VM, text string) <-chan time.Duration {
	at := make(chan time.Duration, 1)
	go func() {
		seen, _ := v.Expect(ctx, text)
		at <- seen
	}()
	return at
}
