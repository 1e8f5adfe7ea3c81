// Package source finds the layers of a machine's configuration in what the
// machine was started with: the kernel's command line, SMBIOS, and QEMU's
// firmware configuration.
package source

import (
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
)

// prefix is how everything for the machine begins. "machine:" is followed by a
// JSON object, "machine.KEY=" by the value of a key.
const prefix = "machine"

// entry reads a text that may be for the machine.
func entry(place, text string) (layer.Entry, bool) {
	if object, ok := strings.CutPrefix(text, prefix+":"); ok {
		return layer.Entry{Place: place, JSON: []byte(object)}, true
	}
	setting, ok := strings.CutPrefix(text, prefix+".")
	if !ok {
		return layer.Entry{}, false
	}
	key, value, found := strings.Cut(setting, "=")
	if !found {
		value = "true" // as the kernel's own switches are
	}
	return layer.Entry{Place: place, Key: key, Value: value}, key != ""
}
