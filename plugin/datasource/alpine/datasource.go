// Package alpine is Packer's face of Alpine Linux's kernels: it gets one from a
// mirror, with the drivers that a machine needs, verified from the signature to
// the byte.
package alpine

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/packer-plugin-sdk/hcl2helper"
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/zclconf/go-cty/cty"
)

// Datasource is the data source "scratchmachine-alpine".
type Datasource struct {
	config Config
}

var _ packersdk.Datasource = (*Datasource)(nil)

// ConfigSpec tells Packer the options' names and types.
func (d *Datasource) ConfigSpec() hcldec.ObjectSpec { return d.config.FlatMapstructure().HCL2Spec() }

// OutputSpec tells Packer the names and types of what Execute returns.
func (d *Datasource) OutputSpec() hcldec.ObjectSpec { return new(Output).FlatMapstructure().HCL2Spec() }

// Configure reads and checks the options.
func (d *Datasource) Configure(raws ...any) error { return d.config.decode(raws...) }

// Execute gets the kernel. Packer gives data sources neither a context nor a
// ui: an interrupt is taken from the terminal, progress goes to Packer's log.
func (d *Datasource) Execute() (cty.Value, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out, err := d.config.get(ctx)
	if err != nil {
		return cty.NullVal(cty.EmptyObject), err
	}
	return hcl2helper.HCL2ValueFromConfig(out, d.OutputSpec()), nil
}
