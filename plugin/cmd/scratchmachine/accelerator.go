package main

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// accelerator is a flag's value: how QEMU has the processor, or empty for the best that
// works here.
type accelerator qemu.Accel

func (a *accelerator) flag(set *pflag.FlagSet) {
	set.Var(a, "accel", "How QEMU has the processor: kvm, hvf, whpx or tcg. Defaults to the best that works on this host.")
}

// find returns the accelerator that is asked for, or the best for an architecture.
func (a accelerator) find(ctx context.Context, arch string) qemu.Accel {
	if a != "" {
		return qemu.Accel(a)
	}
	return qemu.FindAccel(ctx, arch)
}

// Set, String and Type make it a flag's value.
func (a *accelerator) Set(name string) error {
	parsed, err := qemu.ParseAccel(name)
	*a = accelerator(parsed)
	return err
}

func (a *accelerator) String() string { return string(*a) }

func (*accelerator) Type() string { return "string" }
