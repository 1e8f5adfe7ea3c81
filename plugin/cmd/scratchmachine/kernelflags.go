package main

import "github.com/spf13/pflag"

// kernelFlags are those that choose the kernel and its drivers.
func kernelFlags(set *pflag.FlagSet, o *options) {
	set.StringVar(&o.arch, "arch", "", "The machine's architecture, amd64 or arm64. Defaults to this host's.")
	set.StringVar(&o.Kernel, "kernel", "", "The kernel: a bzImage or an arm64 Image, or a folder, package or module that has one. Defaults to gokrazy's, which is fetched.")
	set.StringVar(&o.KernelChecksum, "kernel-checksum", "", "What the kernel must be: sha256:DIGEST, or h1: and what go.sum says.")
	set.StringArrayVar(&o.Modules, "module", nil, "A kernel module to load, a `.ko` file. May be repeated.")
	set.StringArrayVar(&o.Drivers, "driver", nil, "A driver to take from the kernel's modules. May be repeated.")
	set.StringArrayVar(&o.Keys, "keys", nil, "A file with a public key to trust, for a kernel in an .apk. May be repeated.")
}
