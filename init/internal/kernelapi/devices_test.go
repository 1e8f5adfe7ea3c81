//go:build linux

package kernelapi

import "testing"

func TestAppeared(t *testing.T) {
	for event, want := range map[string]string{
		"add@/devices/pci0000:00/0000:00:03.0\x00ACTION=add\x00SUBSYSTEM=pci\x00MODALIAS=pci:v00008086d0000100E\x00SEQNUM=7\x00": "pci:v00008086d0000100E",
		"remove@/devices/x\x00ACTION=remove\x00MODALIAS=pci:v00008086\x00":                                                       "",
		"add@/module/e1000\x00ACTION=add\x00SUBSYSTEM=module\x00":                                                                "",
		"libudev\x00\xfe\xed\xca\xfeMODALIAS=x\x00":                                                                              "",
		"": "",
	} {
		if got := appeared([]byte(event)); got != want {
			t.Errorf("%q: %q, want %q", event, got, want)
		}
	}
}

// TestWatchDevices: every process may listen, on the kernel that runs the tests.
func TestWatchDevices(t *testing.T) {
	if _, err := watchDevices(); err != nil {
		t.Error(err)
	}
}
