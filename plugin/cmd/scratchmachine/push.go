package main

import (
	"context"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config/replacement"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/push"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/remote"
)

func pushCommand() *cobra.Command {
	var p pushing
	var quiet bool
	cmd := &cobra.Command{
		Use:   "push {--to HOST[:PORT] | --vagrant NAME} PACKAGE|ELF",
		Short: "Replaces a program in a running machine",
		Long: "Push sends a program by SSH to a machine that runs, and has one of its services run it until the machine ends. A package\n" +
			"is built first. If the new program ends, or its check does not succeed in time, the machine starts the old one again,\n" +
			"and this command shows the last lines of both, and fails. A reboot brings back the program that was baked.",
		Example: "  scratchmachine push --to 127.0.0.1:2222 ./cmd/hello\n" +
			"  scratchmachine push --vagrant default --service sidecar ./sidecar",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.Errorf("name one package or program, not %d", len(args)), helpOf(cmd)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p.report = lines{cmd.ErrOrStderr(), quiet}
			t, err := p.target.resolve(cmd)
			if err != nil {
				return err
			}
			return p.run(cmd.Context(), t, args[0])
		},
	}
	p.target.addTo(cmd)
	set := cmd.Flags()
	set.StringVar(&p.service, "service", config.Main, "The service whose program is replaced. The main program is app.")
	set.StringArrayVar(&p.flags, "build-flags", nil, "One more `FLAG` for go build. May be repeated.")
	set.BoolVarP(&quiet, "quiet", "q", false, "Says nothing but errors.")
	return cmd
}

// pushing is one push.
type pushing struct {
	target  target
	service string
	flags   []string
	report  lines
}

func (p *pushing) run(ctx context.Context, t remote.Target, name string) error {
	client, err := remote.Dial(ctx, t)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := push.Open(ctx, client)
	if err != nil {
		return errors.Wrap(err, t.Address())
	}
	defer session.Close()
	if !slices.Contains(session.Machine.Services, p.service) {
		return errors.Errorf("%s has no service %q: there are %s", t.Address(), p.service, strings.Join(session.Machine.Services, ", "))
	}
	image, remove, err := p.program(ctx, name, session.Machine.Arch)
	if err != nil {
		return err
	}
	defer remove()
	if parsed, err := program.Parse(image, session.Machine.Arch); err == nil && parsed.Machine { // the machine checks it
		p.report.Sayf("%s calls machine.Run: its own process is replaced, and PID 1 stays as it was baked", name)
	}
	p.report.Sayf("Sending %s, %.1f MB, to the service %s of %s", name, float64(image.Size())/1e6, p.service, t.Address())
	result, err := session.Push(ctx, image, push.Options{Service: p.service, Step: p.step})
	switch {
	case err != nil:
		return errors.Wrap(err, t.Address())
	case result.Outcome != replacement.Replaced:
		return errors.Errorf("%s: %s", t.Address(), result)
	}
	p.report.Sayf("%s", result)
	return nil
}

// step says what has happened in the machine.
func (p *pushing) step(step string) {
	if said, ok := map[string]string{
		replacement.Received: "The machine has it, and stops the old program",
		replacement.Stopped:  "The old program has ended, and the new one is started",
		replacement.Failed:   "The new program failed, and the old one is started again",
	}[step]; ok {
		p.report.Say(said)
	}
}

// program builds a package, or takes a program, for a machine's architecture.
func (p *pushing) program(ctx context.Context, name, arch string) (image content.Content, remove func(), err error) {
	var o options
	if err := o.setProgram(name); err != nil {
		return nil, nil, err
	}
	path, remove := o.Program, func() {}
	if o.Package != "" {
		p.report.Sayf("Building the package %s for linux/%s", name, arch)
		if path, remove, err = (program.Build{Package: name, Arch: arch, Flags: p.flags}).Run(ctx); err != nil {
			return nil, nil, err
		}
	}
	file, err := input.NewFile(path, input.MaxProgram)
	if err != nil {
		remove()
		return nil, nil, errors.Wrap(err, "program")
	}
	return file, remove, nil
}
