package bootloader

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"unicode/utf16"
)

//go:generate nasm -f bin -o efi/efi.bin efi/efi.asm

// efiCode is the assembled efi/efi.asm.
//
//go:embed efi/efi.bin
var efiCode []byte

// Where things are in the EFI system partition. Firmware starts what has the
// first path from any drive (UEFI 2.10, 3.5.1.1); the loader finds the others.
const (
	EFIPath          = "/EFI/BOOT/BOOTX64.EFI"
	EFIKernelPath    = "/VMLINUZ"
	EFIInitramfsPath = "/INITRD.IMG"
)

// Places in the EFI loader: see efi/efi.asm.
const (
	efiInitramfsSize   = 0x600
	efiCommandLineSize = efiInitramfsSize + 8
	efiCommandLine     = efiInitramfsSize + 16
)

// EFI is our own loader for UEFI firmware. It takes kernels whose EFI stub asks
// for its initramfs (Linux 5.8 or newer).
type EFI struct {
	// InitramfsSize is the initramfs's size in bytes.
	InitramfsSize int64
	CommandLine   string
}

// Image returns the loader. It fails when the command line is not one the kernel
// can take.
func (e EFI) Image() ([]byte, error) {
	if err := checkCommandLine(e.CommandLine); err != nil {
		return nil, err
	}
	line := utf16.Encode([]rune(e.CommandLine + "\x00"))
	b := bytes.Clone(efiCode)
	binary.LittleEndian.PutUint64(b[efiInitramfsSize:], uint64(e.InitramfsSize))
	binary.LittleEndian.PutUint32(b[efiCommandLineSize:], uint32(2*len(line)))
	for i, unit := range line {
		binary.LittleEndian.PutUint16(b[efiCommandLine+2*i:], unit)
	}
	return b, nil
}
