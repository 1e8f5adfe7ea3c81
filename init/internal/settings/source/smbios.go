package source

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/textfile"
)

// SMBIOSTable is where the kernel shows the table (drivers/firmware/dmi_scan.c).
const SMBIOSTable = "/sys/firmware/dmi/tables/DMI"

// A hypervisor's user can give a machine strings of the "OEM Strings" kind, which
// the firmware puts into a table of structures (SMBIOS, DSP0134, 6.1 and 7.12).
const (
	smbiosOEM    = 11
	smbiosEnd    = 127
	smbiosHeader = 4
)

// SMBIOS is the layer in the OEM strings of an SMBIOS table: those that begin
// with "machine:", before a JSON object, and "machine.KEY=", before a value. A
// string may be a file, as QEMU's -smbios type=11,path= has it.
func SMBIOS(table []byte) layer.Layer {
	l := layer.Layer{Name: "SMBIOS"}
	for i, s := range oemStrings(table) {
		place := fmt.Sprintf("OEM string %d", i+1)
		text, err := textfile.Normalize([]byte(s))
		if err != nil {
			l.Entries = append(l.Entries, layer.Entry{Place: place, Err: err})
			continue
		}
		if e, ok := entry(place, strings.TrimSuffix(string(text), "\n")); ok {
			l.Entries = append(l.Entries, e)
		}
	}
	return l
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
