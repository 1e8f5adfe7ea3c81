package postprocessor

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// product is an output that is made of the machine's disc: a disk, an appliance, an
// image for a cloud.
type product struct {
	recipe
	*output
}

// recipe says which product there is to be, and how it is made.
type recipe struct {
	kind         string // its name in the artifact's data
	option, text string // where its name comes from
	data         variables
	shared       bool // whether it is made of what others are made of, too
	// make writes it. name is that of the file, without the folder.
	make func(ctx context.Context, d *image.Disks, w io.Writer, name string) error
}

// recipes are those of the products that are asked for.
func (c *Config) recipes(data variables) []recipe {
	var all []recipe
	for _, format := range c.DiskFormat {
		all = append(all, recipe{"Disk", "output_disk", c.OutputDisk, data.and("Format", format), format == image.StreamVMDK,
			func(ctx context.Context, d *image.Disks, w io.Writer, name string) error {
				return d.WriteDisk(ctx, w, format, name)
			}})
	}
	for _, hypervisor := range c.OVAFor {
		all = append(all, recipe{"OVA", "output_ova", c.OutputOVA, data.and("Hypervisor", hypervisor), true,
			func(ctx context.Context, d *image.Disks, w io.Writer, _ string) error {
				return d.WriteOVA(ctx, w, hypervisor)
			}})
	}
	if c.OutputGCE != "" {
		all = append(all, recipe{"GCE", "output_gce", c.OutputGCE, data, false,
			func(ctx context.Context, d *image.Disks, w io.Writer, _ string) error { return d.WriteGCE(ctx, w) }})
	}
	return all
}

// createProducts opens their outputs.
func (c *Config) createProducts(files *outputs, data variables) ([]product, error) {
	var products []product
	for _, r := range c.recipes(data) {
		out, err := c.createOne(files, r.option, r.text, r.data)
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
func (c *Config) setProducts() {
	if format := formatOf(c.OutputDisk); len(c.DiskFormat) == 0 && format != "" {
		c.DiskFormat = []string{format}
	}
	if c.OutputOVA != "" && len(c.OVAFor) == 0 {
		c.OVAFor = []string{image.ForVirtualBox}
	}
}

func (c *Config) validateProducts() []error {
	errs := c.validateCard()
	fail := func(format string, args ...any) { errs = append(errs, errors.Errorf(format, args...)) }
	if c.OutputDisk != "" && len(c.DiskFormat) == 0 {
		fail("output_disk: the ending of %q is that of no disk format: give disk_format, one or several of %s",
			c.OutputDisk, strings.Join(image.DiskFormats(), ", "))
	}
	if c.OutputGCE != "" && !strings.HasSuffix(c.OutputGCE, ".tar.gz") {
		fail("output_gce must end in .tar.gz, or Google does not take it: %q", c.OutputGCE)
	}
	if c.OutputOVA != "" && !strings.HasSuffix(c.OutputOVA, ".ova") {
		fail("output_ova must end in .ova: %q", c.OutputOVA)
	}
	errs = append(errs, oneOfEach("disk_format", c.DiskFormat, image.DiskFormats(), "output_disk", c.OutputDisk, "Format")...)
	return append(errs, oneOfEach("ova_for", c.OVAFor, image.Hypervisors(), "output_ova", c.OutputOVA, "Hypervisor")...)
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
