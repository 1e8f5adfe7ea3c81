package postprocessor

import (
	"context"
	"path/filepath"
	"slices"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// results are the outputs of one bake, nil for one that is not asked for.
type results struct {
	iso, kernel, initramfs, catalog *output
	boxes                           []boxOutput // in the order of the providers
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

// boxOutput is the box for one provider.
type boxOutput struct {
	provider string
	*output
}

// write bakes the machine into the outputs that are asked for.
func (p *PostProcessor) write(ctx context.Context, ui packersdk.Ui, m image.Machine, source packersdk.Artifact) (*artifact, error) {
	c := &p.config
	generated := source.State(generatedData)
	data := c.variables(generated, m.Kernel.Arch, m.Kernel.Release)
	files := outputs{inputs: c.inputFiles(source.Files())}
	defer files.discard()
	outs, err := c.create(&files, data)
	if err != nil {
		return nil, err
	}
	c.sayFirmware(ui, m, outs)
	if err := bake(ctx, m, &files, outs, sayProgress(ui)); err != nil {
		return nil, err
	}
	if outs.catalog != nil {
		release, err := c.writeCatalog(ctx, ui, outs.catalog, outs.boxes, data)
		if err != nil {
			return nil, err
		}
		defer release() // others may change it once it is in its place
	}
	written := slices.Clone(files.files)
	if err := files.commit(ctx); err != nil {
		return nil, err
	}
	for _, out := range written {
		ui.Sayf("Wrote %s: %.1f MB, sha256 %s", out.path, float64(out.size)/1e6, out.sha256())
	}
	more := map[string]string{"KernelRelease": m.Kernel.Release, "CommandLine": m.CommandLine}
	return newArtifact(outs, more, generated), nil
}

// sayFirmware says why what boots by itself does not boot by UEFI firmware.
func (c *Config) sayFirmware(ui packersdk.Ui, m image.Machine, outs results) {
	err := m.Kernel.CheckEFI()
	if err == nil || !outs.disc() {
		return
	}
	if c.KernelPayload != payloadOriginal {
		err = errors.Errorf("kernel_payload = %q packs the kernel anew, without its EFI stub", c.KernelPayload)
	}
	ui.Sayf("The image boots by BIOS, not by UEFI: %v", err)
}

// create opens the outputs that are asked for.
func (c *Config) create(files *outputs, data variables) (results, error) {
	var outs results
	for _, o := range []struct {
		option, text string
		out          **output
	}{
		{"output_iso", c.OutputISO, &outs.iso},
		{"output_kernel", c.OutputKernel, &outs.kernel},
		{"output_initramfs", c.OutputInitramfs, &outs.initramfs},
		{"output_catalog", c.OutputCatalog, &outs.catalog},
	} {
		if o.text == "" {
			continue
		}
		var err error
		if *o.out, err = c.createOne(files, o.option, o.text, data); err != nil {
			return results{}, err
		}
	}
	var err error
	if outs.products, err = c.createProducts(files, data); err != nil || c.OutputBox == "" {
		return outs, err
	}
	for _, provider := range c.Providers {
		out, err := c.createOne(files, "output_box", c.OutputBox, data.with(provider))
		if err != nil {
			return results{}, err
		}
		outs.boxes = append(outs.boxes, boxOutput{provider, out})
	}
	return outs, nil
}

func (c *Config) createOne(files *outputs, option, text string, data variables) (*output, error) {
	path, err := c.render(option, text, data)
	if err != nil {
		return nil, err
	}
	out, err := files.create(option, filepath.Clean(path))
	return out, errors.Wrap(err, option)
}
