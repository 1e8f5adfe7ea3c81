//go:build linux

// Package timezone sets the machine's time zone. What enters here is the file by
// which programs know it.
package timezone

import (
	"io/fs"
	"os"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// localtime is a link to the zone's file (localtime(5)).
	localtime = "etc/localtime"
	// zones is where the files are (tzset(3)).
	zones = "usr/share/zoneinfo/"
)

// Set makes the zone of that name the machine's own. An empty name leaves it as it
// is, which without the bake's saying otherwise is UTC.
func Set(k *kernelapi.Kernel, name string) error {
	if name == "" {
		return nil
	}
	if !fs.ValidPath(name) {
		return errors.Errorf("time_zone: %q is no name of a time zone, such as Europe/Berlin", name)
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
