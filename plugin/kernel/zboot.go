package kernel

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"
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
	offZbootKind     = 24 // how it is packed: a name that ends with a 0
	zbootKindSize    = 32
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

// unpackZboot returns the kernel in a zboot image.
func unpackZboot(image []byte) ([]byte, error) {
	start := int64(binary.LittleEndian.Uint32(image[offZbootPayload:]))
	end := start + int64(binary.LittleEndian.Uint32(image[offZbootSize:]))
	if end > int64(len(image)) {
		return nil, errors.Errorf("the kernel is cut off: its EFI zboot header speaks of %d bytes, it has %d", end, len(image))
	}
	payload := image[start:end]
	kind, _, _ := bytes.Cut(image[offZbootKind:offZbootKind+zbootKindSize], []byte{0})
	var kernel []byte
	var err error
	switch string(kind) {
	case "gzip":
		kernel, err = gunzip(payload)
	case "zstd":
		kernel, err = inflate("zstd", payload, newZstd)
	default:
		return nil, errors.Errorf("the kernel is an EFI zboot image that is packed with %q: only gzip and zstd are read", kind)
	}
	return kernel, errors.Wrap(err, "unpacking the EFI zboot image")
}
