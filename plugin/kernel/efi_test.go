package kernel

import (
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

func TestCheckEFI(t *testing.T) {
	changed := func(at int, value byte) []byte {
		image := kerneltest.EFIBzImage(testRelease, 3)
		image[at] = value
		return image
	}
	for name, test := range map[string]struct {
		image []byte
		want  string
	}{
		"Linux 5.8":         {kerneltest.EFIBzImage(testRelease, 1), ""},
		"Linux 6.6":         {kerneltest.EFIBzImage(testRelease, 3), ""},
		"Linux 5.7":         {kerneltest.EFIBzImage(testRelease, 0), "older than Linux 5.8"},
		"another bit":       {kerneltest.EFIBzImage(testRelease, 2), "older than Linux 5.8"},
		"no stub":           {kerneltest.BzImage(testRelease), "has no EFI stub (CONFIG_EFI_STUB)"},
		"32 bits":           {changed(0x45, 0x01), "has no EFI stub"},
		"header elsewhere":  {changed(0x3f, 0xff), "has no EFI stub"},
		"no optional one":   {changed(0x54, 0), "older than Linux 5.8"},
		"PE32":              {changed(0x59, 0x01), "has no EFI stub"},
		"arm64":             {kerneltest.EFIARM64Image(testRelease, 1), ""},
		"arm64 without":     {kerneltest.ARM64Image(testRelease), "has no EFI stub"},
		"directories short": {changed(0x54, 8), "has no EFI stub"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := New(File{"vmlinuz", test.image}, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = k.CheckEFI()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func FuzzCheckEFI(f *testing.F) {
	f.Add(kerneltest.EFIBzImage(testRelease, 1))
	f.Add(kerneltest.EFIBzImage(testRelease, 0)[:300])
	f.Add(kerneltest.BzImage(testRelease))
	f.Add(append(kerneltest.EFIBzImage(testRelease, 1)[0x44:], make([]byte, 64)...)) // an object
	f.Fuzz(func(t *testing.T, image []byte) {
		if err := (Kernel{Arch: "amd64", Image: image}).CheckEFI(); err == nil && string(image[:2]) != "MZ" {
			t.Error("it is said to be an EFI application and does not begin as one")
		}
	})
}
