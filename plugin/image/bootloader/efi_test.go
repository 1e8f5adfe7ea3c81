package bootloader

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// TestEFISource: the loader that is committed is what its source says.
func TestEFISource(t *testing.T) {
	made := filepath.Join(t.TempDir(), "efi.bin")
	if out, err := exec.Command(tooltest.Need(t, "nasm"), "-f", "bin", "-o", made, "efi/efi.asm").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, efiCode) {
		t.Error("efi.bin is not what efi.asm makes: run go generate ./plugin/image/bootloader")
	}
}

// TestEFIImage reads the loader as the firmware does, by its sections.
func TestEFIImage(t *testing.T) {
	for _, line := range []string{"", "quiet panic=10", "name=Zo\u00eb \U0001f600", strings.Repeat("x", 2047)} {
		b, err := EFI{InitramfsSize: 5 << 30, CommandLine: line}.Image()
		if err != nil {
			t.Fatal(err)
		}
		file, err := pe.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		header := file.OptionalHeader.(*pe.OptionalHeader64)
		if file.Machine != pe.IMAGE_FILE_MACHINE_AMD64 || header.Subsystem != pe.IMAGE_SUBSYSTEM_EFI_APPLICATION {
			t.Errorf("machine %#x, subsystem %d", file.Machine, header.Subsystem)
		}
		if text := file.Section(".text"); header.AddressOfEntryPoint != text.VirtualAddress || text.Characteristics&pe.IMAGE_SCN_MEM_WRITE != 0 {
			t.Errorf("it starts at %#x; .text: %+v", header.AddressOfEntryPoint, text)
		}
		data, err := file.Section(".data").Data()
		if err != nil {
			t.Fatal(err)
		}
		if size := binary.LittleEndian.Uint64(data); size != 5<<30 {
			t.Errorf("the initramfs has %d bytes", size)
		}
		units := make([]uint16, binary.LittleEndian.Uint32(data[8:])/2)
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(data[16+2*i:])
		}
		if got := string(utf16.Decode(units)); got != line+"\x00" {
			t.Errorf("the command line is %q, want %q", got, line)
		}
	}
}

func TestEFIRefuses(t *testing.T) {
	if _, err := (EFI{CommandLine: "quiet\npanic=10"}).Image(); err == nil || !strings.Contains(err.Error(), "must be one line") {
		t.Errorf("got %v", err)
	}
}
