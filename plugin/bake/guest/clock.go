package guest

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Clock says where the machine gets the time from. By default it takes it from the
// hardware and from the time servers that a DHCP server names. The machine's time is
// never before the dates of the kernel and of this plugin, nor before
// `SOURCE_DATE_EPOCH` in the environment of the build.
type Clock struct {
	// Time servers (NTP), by address or name. They replace those that a DHCP server
	// names.
	Servers []string `mapstructure:"servers"`
	// Starts the program only once a time server has set the clock, or after 10 seconds
	// without an answer. A program can also wait itself, with `machine.WaitClock` or
	// for the file `/run/machine/clock`.
	Wait bool `mapstructure:"wait"`
}

// Guest returns the machine's configuration.
func (c Clock) Guest() config.Clock {
	return config.Clock{Servers: c.Servers, Wait: c.Wait}
}

// Floor parses SOURCE_DATE_EPOCH, the date of the build's sources in seconds since 1970
// (https://reproducible-builds.org/specs/source-date-epoch). It returns 0 for an empty
// text.
func Floor(epoch string) (int64, error) {
	text, err := input.Text([]byte(epoch))
	if err != nil {
		return 0, errors.Wrap(err, "SOURCE_DATE_EPOCH")
	}
	text = strings.TrimSpace(text) // it may come from a file that ends in a line feed
	if text == "" {
		return 0, nil
	}
	floor, err := strconv.ParseInt(text, 10, 64)
	if err != nil || floor < 0 {
		return 0, errors.Errorf("SOURCE_DATE_EPOCH must be a number of seconds since 1970, not %q", epoch)
	}
	return floor, nil
}
