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

// TestEFISource: the loaders that are committed are what their sources say.
func TestEFISource(t *testing.T) {
	dir := t.TempDir()
	object, made := filepath.Join(dir, "arm64.o"), filepath.Join(dir, "efi.bin")
	for _, test := range []struct {
		commands  [][]string
		committed []byte
	}{
		{[][]string{{"nasm", "-f", "bin", "-o", made, "efi/amd64.asm"}}, efiAMD64},
		{[][]string{
			{"aarch64-linux-gnu-as", "-o", object, "efi/arm64.s"},
			{"aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", object, made},
		}, efiARM64},
	} {
		for _, c := range test.commands {
			if out, err := exec.Command(tooltest.Need(t, c[0]), c[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		content, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(content, test.committed) {
			t.Errorf("the loader is not what %q makes: run go generate ./plugin/image/bootloader", test.commands)
		}
	}
}

// TestEFIImage reads the loaders as the firmware does, by their sections.
func TestEFIImage(t *testing.T) {
	for arch, machine := range map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64} {
		t.Run(arch, func(t *testing.T) { testEFIImage(t, arch, machine) })
	}
}

func testEFIImage(t *testing.T, arch string, machine uint16) {
	for _, line := range []string{"", "quiet panic=10", "name=Zo\u00eb \U0001f600", strings.Repeat("x", 2047)} {
		b, err := EFI{Arch: arch, InitramfsSize: 5 << 30, CommandLine: line}.Image()
		if err != nil {
			t.Fatal(err)
		}
		file, err := pe.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		header := file.OptionalHeader.(*pe.OptionalHeader64)
		if file.Machine != machine || header.Subsystem != pe.IMAGE_SUBSYSTEM_EFI_APPLICATION {
			t.Errorf("machine %#x, subsystem %d", file.Machine, header.Subsystem)
		}
		if text := file.Section(".text"); header.AddressOfEntryPoint != text.VirtualAddress || text.Characteristics&pe.IMAGE_SCN_MEM_WRITE != 0 {
			t.Errorf("it starts at %#x; .text: %+v", header.AddressOfEntryPoint, text)
		}
		data, err := file.Section(".data").Data()
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{EFIKernelPath, EFIInitramfsPath} {
			var name []byte
			for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(path, "/", `\`) + "\x00")) {
				name = binary.LittleEndian.AppendUint16(name, unit)
			}
			if !bytes.Contains(data, name) {
				t.Errorf("it does not look for %s", path)
			}
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
	for want, e := range map[string]EFI{
		"must be one line":                 {Arch: "amd64", CommandLine: "quiet\npanic=10"},
		`there is no EFI loader for "386"`: {Arch: "386"},
	} {
		if _, err := e.Image(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
