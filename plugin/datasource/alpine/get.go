package alpine

import (
	"context"
	"log"
	"path"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
)

// get downloads the packages, unless they are in the cache, verifies them, and
// puts what a machine needs of them into the cache.
func (c *Config) get(ctx context.Context) (Output, error) {
	drivers, err := c.drivers()
	if err != nil {
		return Output{}, err
	}
	repository, err := c.repository(ctx)
	if err != nil {
		return Output{}, err
	}
	linux, err := repository.Get(ctx, "linux-"+c.Flavor, c.Version)
	if err != nil {
		return Output{}, errors.Wrap(err, "getting Alpine's kernel")
	}
	var loader *apk.Package
	if c.Arch == withLoader {
		if loader, err = repository.Get(ctx, "syslinux", ""); err != nil {
			return Output{}, errors.Wrap(err, "getting Alpine's boot loader")
		}
	}
	s := store{dir: repository.Cache.Dir, out: Output{
		Version: linux.Version, SHA256: map[string]string{}, Packages: map[string]string{},
	}}
	if err := s.addKernel(linux, drivers); err != nil {
		return Output{}, errors.Wrapf(err, "the package %s", linux)
	}
	if loader != nil {
		if err := s.addLoader(loader); err != nil {
			return Output{}, errors.Wrapf(err, "the package %s", loader)
		}
	}
	return s.out, ctx.Err()
}

func (c *Config) repository(ctx context.Context) (*apk.Repository, error) {
	keys, err := apk.ReadKeys(ctx, c.Keys)
	if err != nil {
		return nil, err
	}
	dir := c.CacheDir
	if dir == "" {
		if dir, err = fetch.DefaultDir(); err != nil {
			return nil, err
		}
	}
	return &apk.Repository{
		Mirror: c.Mirror, Branch: c.Branch, Arch: c.Arch, Keys: keys,
		Warn: func(message string) { log.Printf("[WARN] %s", message) },
		Cache: &fetch.Cache{
			Dir: dir, Offline: c.Offline,
			Log:      func(message string) { log.Printf("[INFO] %s", message) },
			Progress: logProgress,
		},
	}, nil
}

// addKernel takes the kernel, its configuration and the drivers' modules.
func (s *store) addKernel(p *apk.Package, drivers kernel.Drivers) error {
	s.out.Packages[p.String()] = p.SHA256()
	files, err := p.Extract(kernel.InTree)
	if err != nil {
		return err
	}
	k, err := kernel.InMemory(files).Kernel(drivers)
	if err != nil {
		return err
	}
	s.out.Release = k.Release
	if s.out.Kernel, err = s.add(p, "vmlinuz", k.Image); err != nil {
		return err
	}
	config := "config-" + k.Release
	if content, ok := files["boot/"+config]; ok {
		if s.out.KernelConfig, err = s.add(p, config, content); err != nil {
			return err
		}
	}
	for _, m := range k.Modules {
		module, err := s.add(p, m.Name+".ko", m.Image)
		if err != nil {
			return err
		}
		s.out.Modules = append(s.out.Modules, module)
	}
	return nil
}

// loaderDir is where Alpine's syslinux has its files.
const loaderDir = "usr/share/syslinux"

// addLoader takes ISOLINUX.
func (s *store) addLoader(p *apk.Package) error {
	s.out.Packages[p.String()] = p.SHA256()
	names := []string{bootloader.BinName, bootloader.LdlinuxName, bootloader.MBRName}
	files, err := p.Extract(func(file string) bool {
		return path.Dir(file) == loaderDir && slices.Contains(names, path.Base(file))
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		content, ok := files[loaderDir+"/"+name]
		if !ok {
			return errors.Errorf("there is no %s in it", name)
		}
		if _, err := s.add(p, name, content); err != nil {
			return err
		}
	}
	s.out.IsolinuxDir = s.folder(p)
	return nil
}
