package kernel

import (
	"encoding/binary"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

// The header of an EFI zboot image, a program for UEFI that unpacks a kernel
// (kernel: drivers/firmware/efi/libstub/zboot-header.S, include/linux/pe.h).
// Alpine's kernels for arm64 are such.
const (
	zbootDOS         = "MZ"
	offZbootMagic    = 4
	zbootMagic       = "zimg"
	offZbootPayload  = 8  // where the packed kernel starts, 4 bytes
	offZbootSize     = 12 // its size
	zbootHeaderSize  = 64
	offZbootPEHeader = 60
	// The PE header's magic and, behind it, the machine (PE format, "COFF File
	// Header").
	peMagic      = "PE\x00\x00"
	peArm64      = 0xaa64
	peMachineEnd = len(peMagic) + 2
)

// isZboot tells whether it is a zboot image for arm64. Those of other
// architectures are not machines that we make.
func isZboot(image []byte) bool {
	if len(image) < zbootHeaderSize || string(image[:len(zbootDOS)]) != zbootDOS ||
		string(image[offZbootMagic:offZbootMagic+len(zbootMagic)]) != zbootMagic {
		return false
	}
	pe := int64(binary.LittleEndian.Uint32(image[offZbootPEHeader:]))
	if pe+int64(peMachineEnd) > int64(len(image)) {
		return false
	}
	header := image[pe:]
	return string(header[:len(peMagic)]) == peMagic && binary.LittleEndian.Uint16(header[len(peMagic):]) == peArm64
}

// unpackZboot returns the kernel in a zboot image. How it is packed its first bytes
// say: the header's word for it is that of the kernel's build, which called zstd
// "zstd22" and xz "xzkern" before Linux 6.14.
func unpackZboot(image []byte) ([]byte, error) {
	start := int64(binary.LittleEndian.Uint32(image[offZbootPayload:]))
	end := start + int64(binary.LittleEndian.Uint32(image[offZbootSize:]))
	if end > int64(len(image)) {
		return nil, errors.Errorf("the kernel is cut off: its EFI zboot header speaks of %d bytes, it has %d", end, len(image))
	}
	format := unpack.Identify(image[start:end])
	if format == unpack.None {
		return nil, errors.Errorf("the kernel is an EFI zboot image that is packed in an unknown way: it begins with %.8q", image[start:end])
	}
	kernel, err := unpack.All(format, image[start:end], maxUnpacked)
	return kernel, errors.Wrap(err, "unpacking the EFI zboot image")
}
