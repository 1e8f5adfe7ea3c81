package bake

import (
	"context"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/source"
)

func (o *Options) validateKernel() []error {
	var errs []error
	if _, err := kernel.Profile(o.Profile); err != nil {
		errs = append(errs, errors.Wrap(err, "profile"))
	}
	if err := apk.CheckKeyFiles(o.Keys); err != nil {
		errs = append(errs, errors.Wrap(err, "keys"))
	}
	switch {
	case o.KernelChecksum != "" && o.Kernel == "":
		errs = append(errs, errors.New("kernel_checksum needs kernel, the file that it is of"))
	case o.KernelChecksum != "":
		if err := source.CheckChecksum(o.KernelChecksum); err != nil {
			errs = append(errs, errors.Wrap(err, "kernel_checksum"))
		}
	case isURL(o.Kernel) && !strings.HasSuffix(o.Kernel, ".apk"):
		errs = append(errs, errors.Errorf("kernel: %s needs a kernel_checksum: nothing else tells whether it is the right file", o.Kernel))
	}
	return errs
}

func isURL(s string) bool { return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") }

// kernel finds and reads the kernel and its modules. files are those of the
// input artifact.
func (o *Options) kernel(ctx context.Context, r Reporter, files []string) (inputs, kernel.Kernel, error) {
	fetched := *o
	var err error
	if fetched.Kernel, err = o.fetchKernel(ctx, r); err != nil {
		return inputs{}, kernel.Kernel{}, err
	}
	in, err := findInputs(files, &fetched)
	if err != nil {
		return inputs{}, kernel.Kernel{}, err
	}
	k, err := in.load(ctx, &fetched)
	return in, k, err
}

// fetchKernel returns the path of the kernel that is named, downloaded if need
// be, and checked.
func (o *Options) fetchKernel(ctx context.Context, r Reporter) (string, error) {
	if !isURL(o.Kernel) {
		if o.KernelChecksum == "" {
			return o.Kernel, nil
		}
		return o.Kernel, errors.Wrap(source.Verify(ctx, o.Kernel, o.KernelChecksum), "kernel")
	}
	cache, err := newCache(r)
	if err != nil {
		return "", err
	}
	r.Sayf("Kernel from %s", o.Kernel)
	return cache.Get(ctx, fetch.Request{URLs: []string{o.Kernel}, Immutable: true, Check: func(path string) error { return o.checkKernel(ctx, path) }})
}

// checkKernel tells what is wrong with a file that was downloaded.
func (o *Options) checkKernel(ctx context.Context, path string) error {
	if o.KernelChecksum != "" {
		return source.Verify(ctx, path, o.KernelChecksum)
	}
	keys, err := apk.ReadKeys(ctx, o.Keys)
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
