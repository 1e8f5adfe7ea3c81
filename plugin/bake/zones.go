package bake

import (
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/zoneinfo"
)

func (o *Options) validateZones() []error {
	var errs []error
	switch o.TimeZones {
	case ifNeeded, zonesAll, never:
	default:
		errs = append(errs, errors.Errorf("time_zones must be auto, all or none, not %q", o.TimeZones))
	}
	if o.TimeZone == "" {
		return errs
	}
	zones, err := zoneinfo.Load()
	if err == nil {
		err = errors.Wrap(zones.Check(o.TimeZone), "time_zone")
	}
	if err != nil {
		errs = append(errs, err)
	}
	return errs
}

// zones returns the files of the time zones of a machine with this program.
func (o *Options) zones(r Reporter, prog program.Program) ([]tree.Entry, error) {
	all := o.TimeZones == zonesAll || o.TimeZones == ifNeeded && prog.Zones
	if !all && o.TimeZone == "" {
		return nil, nil
	}
	zones, err := zoneinfo.Load()
	if err != nil {
		return nil, err
	}
	if all {
		r.Sayf("Time zones of the IANA database %s", zoneinfo.Version())
	}
	return zones.Files(all, o.TimeZone), nil
}
