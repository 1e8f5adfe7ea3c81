package postprocessor

import (
	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/zoneinfo"
)

func (c *Config) validateZones() []error {
	var errs []error
	switch c.TimeZones {
	case ifNeeded, zonesAll, never:
	default:
		errs = append(errs, errors.Errorf("time_zones must be auto, all or none, not %q", c.TimeZones))
	}
	if c.TimeZone == "" {
		return errs
	}
	zones, err := zoneinfo.Load()
	if err == nil {
		err = errors.Wrap(zones.Check(c.TimeZone), "time_zone")
	}
	if err != nil {
		errs = append(errs, err)
	}
	return errs
}

// zones returns the files of the time zones of a machine with this program.
func (c *Config) zones(ui packersdk.Ui, prog program.Program) ([]tree.Entry, error) {
	all := c.TimeZones == zonesAll || c.TimeZones == ifNeeded && prog.Zones
	if !all && c.TimeZone == "" {
		return nil, nil
	}
	zones, err := zoneinfo.Load()
	if err != nil {
		return nil, err
	}
	if all {
		ui.Sayf("Time zones of the IANA database %s", zoneinfo.Version())
	}
	return zones.Files(all, c.TimeZone), nil
}
