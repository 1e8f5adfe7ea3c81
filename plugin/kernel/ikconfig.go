package kernel

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"

	"github.com/pkg/errors"
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
)

// EmbeddedConfig returns the configuration that a kernel's image carries in
// itself, nil if it carries none, or is a bzImage that is packed in another way
// than gzip and zstd.
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
	content, err := gunzip(packed)
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

// unpackPayload unpacks a payload, nil if it is of a kind that is not read. The
// kernel's build appends the unpacked size, 4 bytes, behind it.
func unpackPayload(payload []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(payload, []byte(gzipMagic)):
		out, err := gunzip(payload)
		return out, errors.Wrap(err, "unpacking the kernel")
	case bytes.HasPrefix(payload, []byte(zstdMagic)):
		out, err := inflate("zstd", payload[:max(0, len(payload)-4)], newZstd)
		return out, errors.Wrap(err, "unpacking the kernel")
	}
	return nil, nil
}

// gunzip unpacks one gzip member, whatever follows it.
func gunzip(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return io.ReadAll(io.LimitReader(z, maxUnpacked))
}
