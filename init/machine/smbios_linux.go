package machine

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// A hypervisor's user can give a machine strings of the "OEM Strings" kind, which
// the firmware puts into a table (SMBIOS, DSP0134, 7.12) that the kernel shows.
const (
	smbiosTable  = "sys/firmware/dmi/tables/DMI"
	smbiosOEM    = 11
	smbiosEnd    = 127
	smbiosHeader = 4
	// layerPrefix marks those that are for us. JSON follows.
	layerPrefix = "machine:"
)

// smbiosLayers returns the configurations that the machine was given by SMBIOS.
func (p *pid1) smbiosLayers() ([]string, error) {
	table, err := os.ReadFile(filepath.Join(p.sys.root, smbiosTable))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil // a kernel without DMI, or a machine without SMBIOS
	}
	if err != nil {
		return nil, errors.Wrap(err, "reading the SMBIOS table")
	}
	var layers []string
	for _, s := range oemStrings(table) {
		if layer, ok := strings.CutPrefix(s, layerPrefix); ok {
			layers = append(layers, layer)
		}
	}
	return layers, nil
}

// oemStrings returns the strings of all structures of type 11, as far as the
// table is sound. A structure is a header with its length, as many bytes, and
// strings that each end with a 0, all of them with another.
func oemStrings(table []byte) []string {
	var found []string
	for len(table) >= smbiosHeader && table[0] != smbiosEnd {
		kind, length := table[0], int(table[1])
		if length < smbiosHeader || length > len(table) {
			break
		}
		area, rest, ok := bytes.Cut(table[length:], []byte{0, 0})
		if !ok {
			break
		}
		if kind == smbiosOEM && len(area) > 0 {
			found = append(found, strings.Split(string(area), "\x00")...)
		}
		table = rest
	}
	return found
}
