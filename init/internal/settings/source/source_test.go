package source

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
)

// listed shows a layer on one line.
func listed(l layer.Layer) string {
	var all []string
	for _, e := range l.Entries {
		switch {
		case e.Err != nil:
			all = append(all, e.Place+": "+e.Err.Error())
		case e.Key == "":
			all = append(all, e.Place+" "+string(e.JSON))
		default:
			all = append(all, strings.TrimSpace(e.Place+" "+e.Key+": "+e.Value))
		}
	}
	return strings.Join(all, "|")
}

func TestCommandLine(t *testing.T) {
	tests := []struct{ line, want string }{
		{"", ""},
		{"console=ttyS0 quiet machinery.a=b\n", ""},
		{"quiet machine.hostname=web machine.program.env=A=b  machine.program.env=C=\n",
			"hostname: web|program.env: A=b|program.env: C="},
		{"machine.data.format", "data.format: true"},
		{`machine.program.env="A=b c" "machine.hostname=a b" machine.program.args=x"y z"`,
			`program.env: A=b c|hostname: a b|program.args: x"y z"`},
		{`machine.hostname="never ends quiet`, "hostname: never ends quiet"},
		{"machine. machine.=x =x", ""},
	}
	for _, test := range tests {
		if got := listed(CommandLine(test.line)); got != test.want {
			t.Errorf("%s: %s, want %s", test.line, got, test.want)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	f.Add(`console=ttyS0 machine.program.env="A=b c" ip=dhcp`)
	f.Add(`ip=10.0.2.15::10.0.2.2:255.255.255.0:web:eth0:off:10.0.2.3`)
	f.Fuzz(func(_ *testing.T, line string) { CommandLine(line) })
}

func TestFirmware(t *testing.T) {
	dir := fstest.MapFS{}
	for name, content := range map[string]string{
		"machine": "\ufeff{\"a\":1}\r\n", "machine.hostname": "web\n", "machine.a.b": "c=d", "machinery": "x", "org.other": "y",
		"machine.log.ca": "\ufeff-----BEGIN\r\n-----END\r\n", "machine.wide": "w\x00i\x00", "machine.blank": " a ",
	} {
		dir[name+"/raw"] = &fstest.MapFile{Data: []byte(content)}
	}
	l, err := Firmware(dir)
	if want := "opt/machine {\"a\":1}\n|a.b: c=d|blank:  a|hostname: web|log.ca: -----BEGIN\n-----END|" +
		"opt/machine.wide: this is UTF-16, not UTF-8: have the editor save it as UTF-8"; err != nil || listed(l) != want {
		t.Errorf("%s, %v, want %s", listed(l), err, want)
	}
	if l, err := Firmware(fstest.MapFS{"machine": &fstest.MapFile{}}); err == nil || len(l.Entries) != 0 {
		t.Errorf("an entry without content: %v, %v", l, err)
	}
}

// FuzzFirmware: an entry that a hypervisor's user has named and filled is a layer's, or
// none.
func FuzzFirmware(f *testing.F) {
	f.Add("machine", []byte(`{"hostname":"web"}`))
	f.Add("machine.program.env", []byte("A=b\n"))
	f.Add("machine.", []byte("\xef\xbb\xbf"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if !fs.ValidPath(name+"/raw") || strings.Contains(name, "/") {
			return
		}
		l, err := Firmware(fstest.MapFS{name + "/raw": {Data: content}})
		if err != nil || len(l.Entries) > 1 || len(l.Entries) == 1 && !strings.HasPrefix(name, prefix) {
			t.Errorf("%q: %+v, %v", name, l, err)
		}
		layer.Merge(config.Config{}, l)
	})
}
