package kernel

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

// The payload of a bzImage is the compressed kernel, an ELF file: where it
// starts behind the setup, and its size (Documentation/arch/x86/boot.rst,
// payload_offset and payload_length).
const (
	offPayloadOffset = 0x248
	offPayloadLength = 0x24c
)

// ikconfigStart and ikconfigEnd enclose the gzip'ed configuration in a kernel
// that was built with IKCONFIG=y (kernel/configs.c).
const (
	ikconfigStart = "IKCFG_ST"
	ikconfigEnd   = "IKCFG_ED"
	// maxConfig is many times the size of the largest configuration, in bytes.
	maxConfig = 16 << 20
)

// EmbeddedConfig returns the configuration that a kernel's image carries in
// itself, nil if it carries none, or is a bzImage that is packed in another way
// than gzip, lz4 and zstd, which would take long to unpack.
func EmbeddedConfig(image []byte) (Config, error) {
	unpacked := image
	if !isArm64Image(image) {
		payload, err := payload(image)
		if err != nil {
			return nil, err
		}
		unpacked, err = unpackPayload(payload)
		if err != nil || unpacked == nil {
			return nil, err
		}
	}
	_, rest, ok := bytes.Cut(unpacked, []byte(ikconfigStart))
	if !ok {
		return nil, nil
	}
	packed, _, ok := bytes.Cut(rest, []byte(ikconfigEnd))
	if !ok {
		return nil, nil
	}
	content, err := unpack.All(unpack.Gzip, packed, maxConfig)
	if err != nil {
		return nil, errors.Wrap(err, "unpacking the configuration in the kernel")
	}
	return ParseConfig(content)
}

// payload returns the compressed kernel in a bzImage.
func payload(image []byte) ([]byte, error) {
	if !isBzImage(image) {
		return nil, &NotKernelError{Seems: seems(image)}
	}
	setup := (int64(image[offSetupSects]) + 1) * sector
	start := setup + int64(binary.LittleEndian.Uint32(image[offPayloadOffset:]))
	end := start + int64(binary.LittleEndian.Uint32(image[offPayloadLength:]))
	if end > int64(len(image)) {
		return nil, errors.Errorf("the kernel is cut off: its header speaks of %d bytes, it has %d", end, len(image))
	}
	return image[start:end], nil
}

// unpackPayload unpacks a payload, nil if it is of a kind that takes long. Behind all
// but gzip the kernel's build appends the unpacked size, 4 bytes.
func unpackPayload(payload []byte) ([]byte, error) {
	format := unpack.Identify(payload)
	switch format {
	case unpack.Gzip:
	case unpack.LZ4, unpack.Zstd:
		payload = payload[:len(payload)-4] // the magic is as long
	default:
		return nil, nil
	}
	out, err := unpack.All(format, payload, maxUnpacked)
	return out, errors.Wrap(err, "unpacking the kernel")
}
