package guest

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Clock is how the machine knows the time. By default it has it from the
// hardware, and from the time servers that a DHCP server names. It is never
// before the dates of the kernel and of this plugin, nor before that in the
// environment variable `SOURCE_DATE_EPOCH` of the build.
type Clock struct {
	// Time servers (NTP), by address or name. They take the place of those that
	// a DHCP server names.
	Servers []string `mapstructure:"servers"`
	// Starts the program only once a time server has set the clock, or has not
	// answered for 10 seconds. A program can also wait itself, by
	// `machine.WaitClock` or for the file `/run/machine/clock`.
	Wait bool `mapstructure:"wait"`
}

// Guest is what the machine is told of it.
func (c Clock) Guest() config.Clock {
	return config.Clock{Servers: c.Servers, Wait: c.Wait}
}

// Floor reads the date of the build's sources, in seconds since 1970, or
// empty (https://reproducible-builds.org/specs/source-date-epoch).
func Floor(epoch string) (int64, error) {
	text, err := input.Text([]byte(epoch))
	if err != nil {
		return 0, errors.Wrap(err, "SOURCE_DATE_EPOCH")
	}
	text = strings.TrimSpace(text) // as a file that it was read from may end
	if text == "" {
		return 0, nil
	}
	floor, err := strconv.ParseInt(text, 10, 64)
	if err != nil || floor < 0 {
		return 0, errors.Errorf("SOURCE_DATE_EPOCH must be a number of seconds since 1970, not %q", epoch)
	}
	return floor, nil
}
