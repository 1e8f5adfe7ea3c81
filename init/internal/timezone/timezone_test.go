//go:build linux

package timezone

import (
	"os"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

func TestSet(t *testing.T) {
	k := kernelfake.New(t)
	k.WriteFile(t, zones+"Asia/Tokyo", "TZif")
	k.WriteFile(t, zones+"Europe/Berlin", "TZif")
	k.WriteFile(t, "etc/hostname", "")
	for _, test := range []struct{ name, target, wrong string }{
		{"", "", ""},
		{"Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin", ""},
		{"Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin", ""},
		{"Asia/Tokyo", "/usr/share/zoneinfo/Asia/Tokyo", ""},
		{"", "/usr/share/zoneinfo/Asia/Tokyo", ""},
		{"Mars/Olympus", "/usr/share/zoneinfo/Asia/Tokyo", `time_zone: the machine has no time zone "Mars/Olympus": bake it with time_zones = "all"`},
		{"../../../etc/hostname", "/usr/share/zoneinfo/Asia/Tokyo", "is not the name of a time zone"},
	} {
		err := Set(k.Kernel, test.name)
		if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%q: got %v", test.name, err)
		}
		if target, _ := os.Readlink(k.Path(localtime)); target != test.target {
			t.Errorf("%q: /etc/localtime leads to %q", test.name, target)
		}
	}
}
