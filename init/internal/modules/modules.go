//go:build linux

// Package modules loads the kernel's modules. What enters here is which, in what
// order, and what the kernel's refusals mean.
package modules

import (
	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
	"golang.org/x/sys/unix"
)

// Load loads modules in their order. One that fails is reported, and the next is
// tried.
func Load(k *kernelapi.Kernel, r report.Reporter, paths []string) {
	for _, path := range paths {
		err := k.LoadModule(k.Path(path))
		if err == nil || kernelapi.Errno(err) == unix.EEXIST { // it is there already, or built in
			continue
		}
		r.Report("modules", errors.Wrapf(err, "loading %s%s", path, hint(kernelapi.Errno(err))))
	}
}

// hint says what the kernel's answer to finit_module(2) usually means.
func hint(number error) string {
	switch number {
	case unix.ENOEXEC:
		return " (was it made for another kernel, or is it compressed?)"
	case unix.ENOENT:
		return " (the file or a module that it needs is missing)"
	case unix.EKEYREJECTED, unix.ENOKEY:
		return " (the kernel takes signed modules only)"
	}
	return ""
}
