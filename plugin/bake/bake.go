//go:generate go tool packer-sdc mapstructure-to-hcl2 -type ForwardedPort,Catalog,File,Service

// Package bake makes machines: of a kernel, a program and options it makes images,
// boxes and disks. It knows nothing of Packer: what it is asked comes as Options, what
// it does goes to a Reporter.
package bake

import (
	"context"
	"io"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// Reporter hears what a bake does. Packer's Ui is one.
type Reporter interface {
	// Say and Sayf report one line.
	Say(line string)
	Sayf(format string, args ...any)
	// TrackProgress returns the stream, of which current of total bytes are there
	// already, so that reading it shows the progress of what is called name.
	TrackProgress(name string, current, total int64, stream io.ReadCloser) io.ReadCloser
}

// Bake is one bake: what is made of what.
type Bake struct {
	// Options are complete and checked, see SetDefaults and Validate.
	Options Options
	// Files are the paths of files to take the kernel, its modules and the like from,
	// where the options do not name them. They are never changed.
	Files []string
	// Variables are the caller's own, for Render. They are not changed.
	Variables Variables
	Render    Render
	Report    Reporter
}

// Run bakes. It fails with an error that names the option or file at fault, or with that
// of ctx. All outputs are there then as they were before.
func (b *Bake) Run(ctx context.Context) (Result, error) {
	o := b.Options
	in, k, err := o.kernel(ctx, b.Report, b.Files)
	if err != nil {
		return Result{}, err
	}
	sayInputs(b.Report, in, k)
	if err := o.check(b.Report, in, k); err != nil {
		return Result{}, err
	}
	if k, err = o.repack(b.Report, k); err != nil {
		return Result{}, err
	}
	img, err := o.container(ctx, b.Report, k.Arch)
	if err != nil {
		return Result{}, err
	}
	prog, done, err := o.program(ctx, b.Report, k.Arch, img)
	if err != nil {
		return Result{}, err
	}
	defer done()
	services, done, err := o.services(ctx, b.Report, k.Arch)
	if err != nil {
		return Result{}, err
	}
	defer done()
	machine, err := o.machine(ctx, b.Report, in, k, prog, services, img)
	if err != nil {
		return Result{}, err
	}
	made, err := b.write(ctx, machine)
	if img != nil {
		made.ContainerImage, made.ContainerImageDigest = o.ContainerImage, img.Digest
	}
	return made, err
}

func sayInputs(r Reporter, in inputs, k kernel.Kernel) {
	r.Sayf("Kernel %s (%s) from %s", k.Release, k.Arch, in.kernel)
	if len(k.Modules) == 0 {
		r.Say("No modules: the drivers are those built into the kernel")
	}
	for _, m := range k.Modules {
		r.Sayf("Module %s", m.Name)
	}
	for _, path := range in.unused {
		r.Sayf("Not used: %s", path)
	}
}

// write bakes the machine into the outputs that are asked for.
func (b *Bake) write(ctx context.Context, m image.Machine) (Result, error) {
	data := b.variables(m.Kernel.Arch, m.Kernel.Release)
	files := output.Files{Inputs: b.Options.inputFiles(b.Files)}
	defer files.Discard()
	outs, err := b.create(&files, data)
	if err != nil {
		return Result{}, err
	}
	b.Options.sayFirmware(b.Report, m, outs)
	if err := write(ctx, m, &files, outs, sayProgress(b.Report, progressPace, time.Now)); err != nil {
		return Result{}, err
	}
	if outs.catalog != nil {
		release, err := b.writeCatalog(ctx, outs.catalog, outs.boxes, data)
		if err != nil {
			return Result{}, err
		}
		defer release() // others may change it once it is in its place
	}
	written := files.All()
	if err := files.Commit(ctx); err != nil {
		return Result{}, err
	}
	for _, out := range written {
		b.Report.Sayf("Wrote %s: %.1f MB, sha256 %s", out.Path(), float64(out.Size())/1e6, out.SHA256())
	}
	return newResult(m, outs), nil
}
