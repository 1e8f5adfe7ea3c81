package bake

import (
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// results are the outputs of one bake, nil for one that is not asked for.
type results struct {
	iso, kernel, initramfs, catalog *output.File
	boxes                           []box // in the order of the providers
	products                        []product
}

// disc tells whether the machine's disc is wanted, or something made of it.
func (r results) disc() bool { return r.iso != nil || len(r.boxes) > 0 || len(r.products) > 0 }

// readers is how many times the disc is read. Some outputs share what is made of it.
func (r results) readers() int64 {
	var n, shared int64
	if r.iso != nil {
		n++
	}
	for _, b := range r.boxes {
		if b.provider == image.VirtualBox {
			shared = 1
		} else {
			n++
		}
	}
	for _, p := range r.products {
		if p.shared {
			shared = 1
		} else {
			n++
		}
	}
	return n + shared
}

// box is the Vagrant box for one provider.
type box struct {
	provider string
	*output.File
}

// sayFirmware says why what boots by itself does not boot by UEFI firmware.
func (o *Options) sayFirmware(r Reporter, m image.Machine, outs results) {
	err := m.Kernel.CheckEFI()
	if err == nil || !outs.disc() {
		return
	}
	if o.KernelPayload != payloadOriginal {
		err = errors.Errorf("kernel_payload = %q packs the kernel anew, without its EFI stub", o.KernelPayload)
	}
	r.Sayf("The image boots by BIOS, not by UEFI: %v", err)
}

// create opens the outputs that are asked for.
func (b *Bake) create(files *output.Files, data Variables) (results, error) {
	o := &b.Options
	var outs results
	for _, f := range []struct {
		option, text string
		out          **output.File
	}{
		{"output_iso", o.OutputISO, &outs.iso},
		{"output_kernel", o.OutputKernel, &outs.kernel},
		{"output_initramfs", o.OutputInitramfs, &outs.initramfs},
		{"output_catalog", o.OutputCatalog, &outs.catalog},
	} {
		if f.text == "" {
			continue
		}
		var err error
		if *f.out, err = b.createOne(files, f.option, f.text, data); err != nil {
			return results{}, err
		}
	}
	var err error
	if outs.products, err = b.createProducts(files, data); err != nil || o.OutputBox == "" {
		return outs, err
	}
	for _, provider := range o.Providers {
		out, err := b.createOne(files, "output_box", o.OutputBox, data.with(provider))
		if err != nil {
			return results{}, err
		}
		outs.boxes = append(outs.boxes, box{provider, out})
	}
	return outs, nil
}

func (b *Bake) createOne(files *output.Files, option, text string, data Variables) (*output.File, error) {
	path, err := b.Render(option, text, data)
	if err != nil {
		return nil, err
	}
	out, err := files.Create(option, filepath.Clean(path))
	return out, errors.Wrap(err, option)
}
