package bake

import (
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/payload"
)

// The ways to pack the kernel in its image.
const (
	payloadOriginal = "original"
	payloadLZ4      = "lz4"
	payloadStored   = "stored"
)

func (o *Options) validatePayload() []error {
	switch o.KernelPayload {
	case payloadOriginal, payloadLZ4, payloadStored:
		return nil
	}
	return []error{errors.Errorf("kernel_payload must be original, lz4 or stored, not %q", o.KernelPayload)}
}

// repack returns the kernel packed as the configuration wants it.
func (o *Options) repack(r Reporter, k kernel.Kernel) (kernel.Kernel, error) {
	if o.KernelPayload == payloadOriginal {
		return k, nil
	}
	if k.Arch != "amd64" {
		return k, errors.Errorf("kernel_payload = %q is for amd64: a kernel for %s does not unpack itself", o.KernelPayload, k.Arch)
	}
	packing := payload.LZ4
	if o.KernelPayload == payloadStored {
		packing = payload.Stored
	}
	image, err := payload.Repack(k.Image, packing)
	if err != nil {
		return k, errors.Wrapf(err, "kernel_payload = %q: this kernel must stay as it is", o.KernelPayload)
	}
	r.Sayf("Kernel packed anew (%s): %.1f MB became %.1f MB; it starts by a BIOS only", o.KernelPayload,
		float64(len(k.Image))/1e6, float64(len(image))/1e6)
	k.Image = image
	return k, nil
}
