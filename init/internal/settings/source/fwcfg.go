package source

import (
	"io/fs"
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/textfile"
)

// FirmwareDir is where the kernel shows the entries of QEMU's -fw_cfg that a user
// may name: those in opt/ (drivers/firmware/qemu_fw_cfg.c, docs/specs/fw_cfg.rst).
const FirmwareDir = "/sys/firmware/qemu_fw_cfg/by_name/opt"

// Firmware is the layer in QEMU's firmware configuration: the entry opt/machine,
// a JSON object, and then each opt/machine.KEY, the value of a key, in the order
// of their names. dir is FirmwareDir.
func Firmware(dir fs.FS) (layer.Layer, error) {
	l := layer.Layer{Name: "fw_cfg"}
	entries, err := fs.ReadDir(dir, ".")
	for _, e := range entries {
		name := e.Name()
		if name != prefix && !strings.HasPrefix(name, prefix+".") {
			continue
		}
		content, failed := fs.ReadFile(dir, name+"/raw")
		if failed != nil {
			err = failed
			continue
		}
		content, failed = textfile.Normalize(content)
		if failed != nil {
			l.Entries = append(l.Entries, layer.Entry{Place: "opt/" + name, Err: failed})
			continue
		}
		place, text := "opt/"+name, prefix+":"+string(content)
		if name != prefix {
			place, text = "", name+"="+strings.TrimSuffix(string(content), "\n")
		}
		if found, ok := entry(place, text); ok {
			l.Entries = append(l.Entries, found)
		}
	}
	return l, err
}
