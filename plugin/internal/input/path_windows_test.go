package input

import (
	"strings"
	"testing"
)

func TestPathOnWindows(t *testing.T) {
	for _, path := range []string{"NUL", `out\CON`, "C:/out/com1", "AUX.iso", "lpt9.box", "CONIN$", "m.iso:stream", `C:\out\m.iso:s`} {
		if err := CheckPath(path); err == nil || !strings.Contains(err.Error(), path+" is no file name on Windows") {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"m.iso", `C:\`, "C:/out/m.iso", `\\?\C:\out\m.iso`, `\\server\share\m.iso`, "..", ".", `..\console.iso`, "C:m.iso"} {
		if err := CheckPath(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
