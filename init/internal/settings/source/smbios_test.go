package source

import (
	"strings"
	"testing"
)

// dmi makes an SMBIOS table: a BIOS structure, the OEM strings, an end.
func dmi(oem ...string) string {
	table := "\x00\x18\x00\x00" + strings.Repeat("\x01", 20) + "SeaBIOS\x00v1\x00\x00"
	table += "\x0b\x05\x00\x0b" + string(rune(len(oem))) + strings.Join(oem, "\x00") + "\x00\x00"
	return table + "\x7f\x04\x00\x7f\x00\x00"
}

func TestSMBIOS(t *testing.T) {
	whole := dmi("vboxVer_7.2", `machine:{"a":1}`, "machinery", "machine.b=c=d", "machine.e")
	want := `OEM string 2 {"a":1}|OEM string 4 b: c=d|OEM string 5 e: true`
	if got := listed(SMBIOS([]byte(whole))); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	file := dmi("\ufeffmachine:{\"a\":1}\r\n", "\ufeffmachine.b=c\r\n", "machine.d= e \n", "\xff\xfem") // QEMU's path=
	want = "OEM string 1 {\"a\":1}|OEM string 2 b: c|OEM string 3 d:  e|OEM string 4: this is UTF-16, not UTF-8: have the editor save it as UTF-8"
	if got := listed(SMBIOS([]byte(file))); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for n := range len(whole) { // wherever it is cut off
		SMBIOS([]byte(whole[:n]))
	}
}

func FuzzSMBIOS(f *testing.F) {
	f.Add([]byte(dmi("machine:{}", "machine.a=b")))
	f.Add([]byte("\x0b\x05\x00\x0b\x01\x00\x00"))
	f.Fuzz(func(_ *testing.T, table []byte) { SMBIOS(table) })
}
