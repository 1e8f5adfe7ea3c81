//go:build linux

// Package timezone sets the machine's time zone. The file that tells programs the time
// zone belongs here.
package timezone

import (
	"io/fs"
	"os"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// localtime is a link to the time zone's file (localtime(5)).
	localtime = "etc/localtime"
	// zones is the folder with all time zones' files (tzset(3)).
	zones = "usr/share/zoneinfo/"
)

// Set sets the machine's time zone by its name. An empty name changes nothing: the zone
// is then the image's, by default UTC.
func Set(k *kernelapi.Kernel, name string) error {
	if name == "" {
		return nil
	}
	if !fs.ValidPath(name) {
		return errors.Errorf("time_zone: %q is not the name of a time zone, such as Europe/Berlin", name)
	}
	if _, err := os.Stat(k.Path(zones + name)); err != nil {
		return errors.Errorf("time_zone: the machine has no time zone %q: bake it with time_zones = %q", name, "all")
	}
	target := "/" + zones + name
	if is, err := os.Readlink(k.Path(localtime)); err == nil && is == target {
		return nil
	}
	_ = os.Remove(k.Path(localtime))
	return errors.Wrap(os.Symlink(target, k.Path(localtime)), "time_zone")
}
