package bake

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// product is an output that is made of the machine's disc: a disk, an appliance, an
// image for a cloud.
type product struct {
	recipe
	*output.File
}

// recipe says which product there is to be, and how it is made.
type recipe struct {
	kind         string // its name in the artifact's data
	option, text string // where its name comes from
	data         Variables
	shared       bool // whether it is made of what others are made of, too
	// make writes it. name is that of the file, without the folder.
	make func(ctx context.Context, d *image.Disks, w io.Writer, name string) error
}

// recipes are those of the products that are asked for.
func (o *Options) recipes(data Variables) []recipe {
	var all []recipe
	for _, format := range o.DiskFormat {
		all = append(all, recipe{KindDisk, "output_disk", o.OutputDisk, data.and("Format", format), format == image.StreamVMDK,
			func(ctx context.Context, d *image.Disks, w io.Writer, name string) error {
				return d.WriteDisk(ctx, w, format, name)
			}})
	}
	for _, hypervisor := range o.OVAFor {
		all = append(all, recipe{KindOVA, "output_ova", o.OutputOVA, data.and("Hypervisor", hypervisor), true,
			func(ctx context.Context, d *image.Disks, w io.Writer, _ string) error {
				return d.WriteOVA(ctx, w, hypervisor)
			}})
	}
	if o.OutputGCE != "" {
		all = append(all, recipe{KindGCE, "output_gce", o.OutputGCE, data, false,
			func(ctx context.Context, d *image.Disks, w io.Writer, _ string) error { return d.WriteGCE(ctx, w) }})
	}
	return all
}

// createProducts opens their outputs.
func (b *Bake) createProducts(files *output.Files, data Variables) ([]product, error) {
	var products []product
	for _, r := range b.Options.recipes(data) {
		out, err := b.createOne(files, r.option, r.text, r.data)
		if err != nil {
			return nil, err
		}
		products = append(products, product{r, out})
	}
	return products, nil
}

// formatOf returns the disk format that a file name's ending stands for, or "".
func formatOf(name string) string {
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
	if ending == "img" {
		return image.Raw
	}
	if slices.Contains(image.DiskFormats(), ending) {
		return ending
	}
	return ""
}

// setProducts sets what the options of disks and appliances stand for.
func (o *Options) setProducts() {
	if format := formatOf(o.OutputDisk); len(o.DiskFormat) == 0 && format != "" {
		o.DiskFormat = []string{format}
	}
	if o.OutputOVA != "" && len(o.OVAFor) == 0 {
		o.OVAFor = []string{image.ForVirtualBox}
	}
}

func (o *Options) validateProducts() []error {
	errs := o.validateCard()
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }
	if o.OutputDisk != "" && len(o.DiskFormat) == 0 {
		fail("output_disk: the ending of %q is that of no disk format: give disk_format, one or several of %s",
			o.OutputDisk, strings.Join(image.DiskFormats(), ", "))
	}
	if o.OutputGCE != "" && !strings.HasSuffix(o.OutputGCE, ".tar.gz") {
		fail("output_gce must end in .tar.gz, or Google does not take it: %q", o.OutputGCE)
	}
	if o.OutputOVA != "" && !strings.HasSuffix(o.OutputOVA, ".ova") {
		fail("output_ova must end in .ova: %q", o.OutputOVA)
	}
	errs = append(errs, oneOfEach("disk_format", o.DiskFormat, image.DiskFormats(), "output_disk", o.OutputDisk, "Format")...)
	return append(errs, oneOfEach("ova_for", o.OVAFor, image.Hypervisors(), "output_ova", o.OutputOVA, "Hypervisor")...)
}

// oneOfEach checks an option whose values, of those that there are, each have an
// output of their own: its name must have the variable.
func oneOfEach(option string, values, known []string, output, name, variable string) []error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }
	if name == "" && len(values) > 0 {
		fail("%s needs %s, the file to write", option, output)
	}
	for i, value := range values {
		if !slices.Contains(known, value) {
			fail("%s: there is no %q, only %s", option, value, strings.Join(known, ", "))
		}
		if slices.Contains(values[:i], value) {
			fail("%s has %s twice", option, value)
		}
	}
	if name != "" && len(values) > 1 && !strings.Contains(name, "."+variable) {
		fail("%s must have {{ .%s }} in its name, as there is one for each of %s: %q", output, variable, strings.Join(values, " and "), name)
	}
	return errs
}
