package machine

import (
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// dmi makes an SMBIOS table: a BIOS structure, the OEM strings, an end.
func dmi(oem ...string) string {
	table := "\x00\x18\x00\x00" + strings.Repeat("\x01", 20) + "SeaBIOS\x00v1\x00\x00"
	table += "\x0b\x05\x00\x0b" + string(rune(len(oem))) + strings.Join(oem, "\x00") + "\x00\x00"
	return table + "\x7f\x04\x00\x7f\x00\x00"
}

func TestOEMStrings(t *testing.T) {
	whole := dmi("vboxVer_7.2", "machine:{}")
	if got := strings.Join(oemStrings([]byte(whole)), "|"); got != "vboxVer_7.2|machine:{}" {
		t.Errorf("%q", got)
	}
	for n := range len(whole) { // wherever it is cut off
		oemStrings([]byte(whole[:n]))
	}
}

func FuzzOEMStrings(f *testing.F) {
	f.Add([]byte(dmi("machine:{}")))
	f.Add([]byte("\x0b\x05\x00\x0b\x01\x00\x00"))
	f.Fuzz(func(_ *testing.T, table []byte) { oemStrings(table) })
}

func TestSMBIOSLayers(t *testing.T) {
	baked := `{"hostname":"baked","network":{"dns":["10.0.2.3"],"search":["example.com"]},"program":{"env":["A=1"]}}`
	tests := []struct {
		name string
		oem  []string
		want func(c config.Config) bool
		said string
	}{
		{"none", []string{"vboxVer_7.2"}, func(c config.Config) bool { return c.Hostname == "baked" }, ""},
		{"one key", []string{`machine:{"hostname":"web"}`}, func(c config.Config) bool {
			return c.Hostname == "web" && c.Network.DNS[0] == "10.0.2.3" && c.Program.Env[0] == "A=1"
		}, ""},
		{"the last wins", []string{`machine:{"hostname":"a"}`, `machine:{"hostname":"b"}`}, func(c config.Config) bool { return c.Hostname == "b" }, ""},
		{"nested", []string{`machine:{"network":{"dns":["10.0.2.4"]},"program":{"env":["B=2","C=3"]}}`}, func(c config.Config) bool {
			return c.Network.DNS[0] == "10.0.2.4" && c.Network.Search[0] == "example.com" && strings.Join(c.Program.Env, " ") == "B=2 C=3"
		}, ""},
		{"unknown key", []string{`machine:{"hostnam":"x","hostname":"web"}`}, func(c config.Config) bool { return c.Hostname == "web" },
			`config: the SMBIOS OEM string "machine:{\"hostnam\":\"x\",\"hostname\":\"web\"}": json: unknown field "hostnam"`},
		{"bad value", []string{`machine:{"hostname":7}`}, func(c config.Config) bool { return c.Hostname == "baked" }, "cannot unmarshal number"},
		{"garbage", []string{`machine:{{{`}, func(c config.Config) bool { return c.Hostname == "baked" }, "invalid character"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.write(t, config.Path, baked)
			f.write(t, smbiosTable, dmi(test.oem...))
			if err := f.readConfig(); err != nil {
				t.Error(err)
			}
			if !test.want(f.config) {
				t.Errorf("%+v", f.config)
			}
			if text := f.shown(); !strings.Contains(text, test.said) || (text == "") != (test.said == "") {
				t.Errorf("the console shows %q, want %q", text, test.said)
			}
		})
	}
}
