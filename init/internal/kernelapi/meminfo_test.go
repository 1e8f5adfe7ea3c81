//go:build linux

package kernelapi

import "testing"

func FuzzMemInfo(f *testing.F) {
	f.Add("MemTotal: 9 kB\nMemAvailable: 1 kB")
	f.Add("MemAvailable: 9223372036854775807 kB")
	f.Fuzz(func(t *testing.T, info string) {
		if n, ok := parseMemInfo(info, "MemAvailable"); ok && (n < 1024 || n%1024 != 0) || !ok && n != 0 {
			t.Errorf("%d, %v", n, ok)
		}
	})
}
