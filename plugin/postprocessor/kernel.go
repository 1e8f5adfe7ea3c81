package postprocessor

import (
	"context"
	"strings"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/source"
)

func (c *Config) validateKernel() []error {
	var errs []error
	if _, err := kernel.Profile(c.Profile); err != nil {
		errs = append(errs, errors.Wrap(err, "profile"))
	}
	if err := apk.CheckKeyFiles(c.Keys); err != nil {
		errs = append(errs, errors.Wrap(err, "keys"))
	}
	switch {
	case c.KernelChecksum != "" && c.Kernel == "":
		errs = append(errs, errors.New("kernel_checksum needs kernel, the file that it is of"))
	case c.KernelChecksum != "":
		if err := source.CheckChecksum(c.KernelChecksum); err != nil {
			errs = append(errs, errors.Wrap(err, "kernel_checksum"))
		}
	case isURL(c.Kernel) && !strings.HasSuffix(c.Kernel, ".apk"):
		errs = append(errs, errors.Errorf("kernel: %s needs a kernel_checksum: nothing else tells whether it is the right file", c.Kernel))
	}
	return errs
}

func isURL(s string) bool { return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") }

// kernel finds and reads the kernel and its modules. files are those of the
// input artifact.
func (p *PostProcessor) kernel(ctx context.Context, ui packersdk.Ui, files []string) (inputs, kernel.Kernel, error) {
	c := p.config
	var err error
	if c.Kernel, err = c.fetchKernel(ctx, ui); err != nil {
		return inputs{}, kernel.Kernel{}, err
	}
	in, err := findInputs(files, &c)
	if err != nil {
		return inputs{}, kernel.Kernel{}, err
	}
	k, err := in.load(ctx, &c)
	return in, k, err
}

// fetchKernel returns the path of the kernel that is named, downloaded if need
// be, and checked.
func (c *Config) fetchKernel(ctx context.Context, ui packersdk.Ui) (string, error) {
	if !isURL(c.Kernel) {
		if c.KernelChecksum == "" {
			return c.Kernel, nil
		}
		return c.Kernel, errors.Wrap(source.Verify(ctx, c.Kernel, c.KernelChecksum), "kernel")
	}
	cache, err := newCache(ui)
	if err != nil {
		return "", err
	}
	ui.Sayf("Kernel from %s", c.Kernel)
	return cache.Get(ctx, fetch.Request{URLs: []string{c.Kernel}, Immutable: true, Check: func(path string) error { return c.checkKernel(ctx, path) }})
}

// checkKernel tells what is wrong with a file that was downloaded.
func (c *Config) checkKernel(ctx context.Context, path string) error {
	if c.KernelChecksum != "" {
		return source.Verify(ctx, path, c.KernelChecksum)
	}
	keys, err := apk.ReadKeys(ctx, c.Keys)
	if err != nil {
		return err
	}
	content, err := input.Read(ctx, path, input.MaxKernel)
	if err != nil {
		return err
	}
	_, err = apk.ReadPackage(content, keys)
	return err
}
