package bake

import (
	"context"
	"os"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/source"
)

// choose settles where the modules come from: those that the option names, else
// those in the kernel's package, else the artifact's, else its archives.
func (in *inputs) choose(named []string) error {
	var err error
	if in.packaged, err = isPackage(in.kernel); err != nil {
		return errors.Wrap(err, "kernel")
	}
	if in.packaged && len(named) > 0 {
		return errors.Errorf("modules are named, but %s has its own: name what is wanted of them with the option drivers", in.kernel)
	}
	if in.packaged {
		in.unused = slices.Concat(in.unused, in.modules, in.archives)
		in.modules, in.archives = nil, nil
	}
	if len(in.modules) > 0 {
		in.unused, in.archives = append(in.unused, in.archives...), nil
	}
	for _, path := range named {
		if kernel.IsModuleFile(path) {
			in.modules = append(in.modules, path)
			continue
		}
		header, err := readHeader(path)
		if err != nil {
			return errors.Wrap(err, "modules")
		}
		if !source.Identify(header).IsModules() {
			return errors.Errorf("modules: %s is neither a .ko file nor an archive of them", path)
		}
		in.archives = append(in.archives, path)
	}
	if len(in.modules) > 0 && len(in.archives) > 0 {
		return errors.New("modules names both .ko files and archives: name the one or the other")
	}
	return nil
}

// isPackage tells whether a kernel comes with modules.
func isPackage(path string) (bool, error) {
	header, err := readHeader(path)
	if err != nil || len(header) > 0 {
		return source.Identify(header).IsPackage(), err
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir(), err
}

// load reads the kernel and the modules, checks that they fit, and finds out
// what is built into the kernel.
func (in inputs) load(ctx context.Context, o *Options) (kernel.Kernel, error) {
	var k kernel.Kernel
	var err error
	switch {
	case in.packaged || len(in.archives) > 0:
		k, err = in.loadTree(ctx, o)
	case len(o.Drivers) > 0 || o.DiskDrivers != nil && *o.DiskDrivers:
		err = errors.Errorf("drivers, disk_drivers: there is nothing to take them from: %s is a kernel alone. "+
			"Name a kernel that has its modules with it, or .ko files with the option modules", in.kernel)
	default:
		k, err = in.loadFiles(ctx)
	}
	if err == nil {
		err = in.describe(ctx, &k)
	}
	return k, err
}

// loadTree takes the kernel and the wanted drivers out of packages and archives.
func (in inputs) loadTree(ctx context.Context, o *Options) (kernel.Kernel, error) {
	drivers, err := kernel.Profile(o.Profile)
	if err != nil {
		return kernel.Kernel{}, err
	}
	drivers.Required = append(drivers.Required, o.Drivers...)
	drivers = drivers.With(kernel.DisksFor(o.DiskDrivers))
	if o.Watchdog.Timeout > 0 {
		drivers = drivers.WithWatchdog()
	}
	keys, err := apk.ReadKeys(ctx, o.Keys)
	if err != nil {
		return kernel.Kernel{}, err
	}
	paths := append([]string{in.kernel}, in.archives...)
	if in.config != "" && !in.packaged {
		paths = append(paths, in.config)
	}
	tree, err := source.Open(ctx, keys, paths...)
	if err != nil {
		return kernel.Kernel{}, err
	}
	k, err := tree.Kernel(drivers)
	return k, errors.Wrapf(err, "the kernel in %s", in.kernel)
}

// loadFiles reads an image and modules.
func (in inputs) loadFiles(ctx context.Context) (kernel.Kernel, error) {
	image, err := input.Read(ctx, in.kernel, input.MaxKernel)
	if err != nil {
		return kernel.Kernel{}, errors.Wrap(err, "kernel")
	}
	var modules []kernel.File
	for _, path := range in.modules {
		content, err := input.Read(ctx, path, input.MaxKernel)
		if err != nil {
			return kernel.Kernel{}, errors.Wrap(err, "modules")
		}
		modules = append(modules, kernel.File{Name: path, Content: content})
	}
	k, err := kernel.New(kernel.File{Name: in.kernel, Content: image}, modules)
	if err != nil || in.config != "" {
		return k, err
	}
	k.Config, err = kernel.EmbeddedConfig(k.Image)
	return k, errors.Wrapf(err, "reading the kernel %s", in.kernel)
}

// describe adds what files say of the kernel.
func (in inputs) describe(ctx context.Context, k *kernel.Kernel) error {
	if in.config != "" {
		content, err := input.ReadText(ctx, in.config)
		if err != nil {
			return errors.Wrap(err, "kernel_config")
		}
		if k.Config, err = kernel.ParseConfig([]byte(content)); err != nil {
			return errors.Wrapf(err, "kernel_config: %s", in.config)
		}
	}
	if in.builtin != "" && k.Builtin == nil {
		content, err := input.ReadText(ctx, in.builtin)
		if err != nil {
			return errors.Wrap(err, "reading the list of built-in drivers")
		}
		k.Builtin = kernel.ParseBuiltin([]byte(content))
	}
	return nil
}
