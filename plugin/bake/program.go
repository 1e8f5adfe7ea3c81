package bake

import (
	"context"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

// program takes or builds the user's program, or takes the demonstration. done
// removes what was made for it, once it has been baked.
func (o *Options) program(ctx context.Context, r Reporter, arch string, img *containerized) (prog program.Program, done func(), err error) {
	if img != nil {
		return img.needs(o), func() {}, nil
	}
	name, image, done, err := o.elf(ctx, r, arch)
	if err != nil {
		return program.Program{}, nil, err
	}
	if prog, err = parse(name, image, arch); err != nil {
		done()
		return program.Program{}, nil, err
	}
	how := "the stock init runs it as /app"
	if prog.Machine {
		how = "it calls machine.Run and is the init itself"
	}
	if o.demonstrates() {
		// It serves, and asks nobody. Its table has the functions, as net/http's server can be
		// a client of TLS, by a detour that only others take.
		prog.Roots = false
	}
	r.Sayf("Program %s, %.1f MB: %s", name, float64(image.Size())/1e6, how)
	return prog, done, nil
}

// demonstrates tells whether the program is the demonstration.
func (o *Options) demonstrates() bool {
	return o.Program == "" && o.Package == "" && o.ContainerImage == ""
}

// elf returns the program's name and its ELF file.
func (o *Options) elf(ctx context.Context, r Reporter, arch string) (name string, image content.Content, done func(), err error) {
	done = func() {}
	if o.demonstrates() {
		elf, err := stock.Demo(ctx, arch)
		return "the demonstration", content.Bytes(elf), done, err
	}
	return origin{o.Program, o.Package, o.BuildFlags}.elf(ctx, r, arch)
}

// origin is where a program comes from: a file or a package to build.
type origin struct {
	program, pkg string
	flags        []string
}

// elf returns the program's name and its ELF file. done removes what was made for it.
func (s origin) elf(ctx context.Context, r Reporter, arch string) (name string, image content.Content, done func(), err error) {
	name, path, done := s.program, s.program, func() {}
	if s.pkg != "" {
		r.Sayf("Building the package %s for linux/%s", s.pkg, arch)
		name = s.pkg
		if path, done, err = (program.Build{Package: name, Arch: arch, Flags: s.flags}).Run(ctx); err != nil {
			return name, nil, nil, err
		}
	}
	file, err := input.NewFile(path, input.MaxProgram)
	if err != nil {
		done()
	}
	return name, file, done, errors.Wrap(err, "program")
}

func parse(name string, image content.Content, arch string) (program.Program, error) {
	prog, err := program.Parse(image, arch)
	return prog, errors.Wrapf(err, "the program %s cannot run in the machine", name)
}

// service is a service with its program.
type service struct {
	Service
	program program.Program
}

// services takes or builds the programs of the services. done removes what was made for
// them, once they have been baked.
func (o *Options) services(ctx context.Context, r Reporter, arch string) (all []service, done func(), err error) {
	var made []func()
	done = func() {
		for _, remove := range made {
			remove()
		}
	}
	for _, s := range o.Services {
		name, image, remove, err := origin{s.Program, s.Package, s.BuildFlags}.elf(ctx, r, arch)
		if err != nil {
			done()
			return nil, nil, errors.Wrap(err, s.title())
		}
		made = append(made, remove)
		prog, err := parse(name, image, arch)
		if err != nil {
			done()
			return nil, nil, errors.Wrap(err, s.title())
		}
		all = append(all, service{s, prog})
	}
	return all, done, nil
}
