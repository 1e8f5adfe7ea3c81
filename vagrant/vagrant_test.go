package vagrant

import (
	"strings"
	"testing"
)

func TestBoxfile(t *testing.T) {
	file, err := Boxfile(Box{Forwards: []Forward{{80, 8080}, {443, 8443}}, CPUs: 2, MemoryMiB: 256})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"GUEST_PORT = 80\n",
		`guest: 80, host: 8080, host_ip: "127.0.0.1", auto_correct: true`,
		`guest: 443, host: 8443, host_ip: "127.0.0.1", auto_correct: true`,
		"lv.cpus = 2\n", "lv.memory = 256\n",
		`config.vm.synced_folder ".", "/vagrant", disabled: true`,
	} {
		if !strings.Contains(string(file), want) {
			t.Errorf("there is no %q in:\n%s", want, file)
		}
	}
	if _, err := Boxfile(Box{}); err == nil {
		t.Error("no error without a port")
	}
}
