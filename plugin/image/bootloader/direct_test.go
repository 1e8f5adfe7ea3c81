package bootloader

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// TestDirectSource: the loader that is committed is what its source says.
func TestDirectSource(t *testing.T) {
	made := filepath.Join(t.TempDir(), "direct.bin")
	if out, err := exec.Command(tooltest.Need(t, "nasm"), "-f", "bin", "-o", made, "direct/direct.asm").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, directCode) {
		t.Error("direct.bin is not what direct.asm makes: run go generate ./plugin/image/bootloader")
	}
}

func TestDirectImage(t *testing.T) {
	d := Direct{Kernel: Extent{30, 8 << 20}, Initramfs: Extent{5000, 3 << 20}, CommandLine: "quiet panic=10"}
	b, err := d.Image(Disk{Size: 11 << 20, ID: 0x12345678})
	if err != nil {
		t.Fatal(err)
	}
	if len(b) != DirectSize || b[510] != 0x55 || b[511] != 0xaa {
		t.Errorf("%d bytes, signature %x", len(b), b[510:512])
	}
	for i, want := range []uint32{30, 8 << 20, 5000, 3 << 20} {
		if got := binary.LittleEndian.Uint32(b[512+4*i:]); got != want {
			t.Errorf("parameter %d is %d, want %d", i, got, want)
		}
	}
	line, _, _ := bytes.Cut(b[directCommandLine:], []byte{0})
	if string(line) != d.CommandLine {
		t.Errorf("the command line is %q", line)
	}
	if id := binary.LittleEndian.Uint32(b[440:]); id != 0x12345678 {
		t.Errorf("the disk's id is %x", id)
	}
	if p := b[446:462]; p[0] != 0x80 || binary.LittleEndian.Uint32(p[8:]) != 0 || binary.LittleEndian.Uint32(p[12:]) != 11<<20/512 {
		t.Errorf("the partition is %x", p)
	}
	if !bytes.Equal(b[:440], directCode[:440]) {
		t.Error("the code was changed")
	}
}

func TestDirectRefuses(t *testing.T) {
	for want, line := range map[string]string{
		"must be one line":         "quiet\npanic=10",
		"is 1 characters too long": strings.Repeat("x", 2048),
	} {
		if _, err := (Direct{CommandLine: line}).Image(Disk{Size: 1 << 20}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if b, err := (Direct{CommandLine: strings.Repeat("x", 2047)}).Image(Disk{Size: 1 << 20}); err != nil || b[DirectSize-1] != 0 {
		t.Errorf("the longest: %v", err)
	}
}
