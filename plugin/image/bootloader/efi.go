package bootloader

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"unicode/utf16"

	"github.com/pkg/errors"
)

//go:generate nasm -f bin -o efi/amd64.bin efi/amd64.asm
//go:generate aarch64-linux-gnu-as -o efi/arm64.o efi/arm64.s
//go:generate aarch64-linux-gnu-objcopy -O binary -j .text efi/arm64.o efi/arm64.bin
//go:generate rm efi/arm64.o

// What efi/amd64.asm and efi/arm64.s make.
var (
	//go:embed efi/amd64.bin
	efiAMD64 []byte
	//go:embed efi/arm64.bin
	efiARM64 []byte
)

// Where the EFI loader looks for what it starts.
const (
	EFIKernelPath    = "/VMLINUZ"
	EFIInitramfsPath = "/INITRD.IMG"
)

// EFI is our own loader for UEFI firmware. It takes kernels whose EFI stub asks
// for its initramfs (Linux 5.8 or newer).
type EFI struct {
	// Arch is the machine's architecture in Go's terms, "amd64" or "arm64".
	Arch string
	// InitramfsSize is the initramfs's size in bytes.
	InitramfsSize int64
	CommandLine   string
}

// Path is where the loader must be in an EFI system partition: firmware starts
// it from there on any drive (UEFI 2.10, 3.5.1.1).
func (e EFI) Path() string {
	if e.Arch == "arm64" {
		return "/EFI/BOOT/BOOTAA64.EFI"
	}
	return "/EFI/BOOT/BOOTX64.EFI"
}

// code is the loader as it is assembled, and where in it is what Image writes.
func (e EFI) code() (code []byte, at int, err error) {
	switch e.Arch {
	case "amd64":
		return efiAMD64, 0x600, nil
	case "arm64":
		return efiARM64, 0x2000, nil
	}
	return nil, 0, errors.Errorf("there is no EFI loader for %q", e.Arch)
}

// Image returns the loader. It fails when the command line is not one the kernel
// can take.
func (e EFI) Image() ([]byte, error) {
	code, at, err := e.code()
	if err != nil {
		return nil, err
	}
	if err := checkCommandLine(e.CommandLine); err != nil {
		return nil, err
	}
	line := utf16.Encode([]rune(e.CommandLine + "\x00"))
	b := bytes.Clone(code)
	binary.LittleEndian.PutUint64(b[at:], uint64(e.InitramfsSize))
	binary.LittleEndian.PutUint32(b[at+8:], uint32(2*len(line)))
	for i, unit := range line {
		binary.LittleEndian.PutUint16(b[at+16+2*i:], unit)
	}
	return b, nil
}
