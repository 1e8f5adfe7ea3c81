package kernel

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"

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

const (
	// ikconfigStart is before the gzip'ed configuration in a kernel that was built
	// with IKCONFIG=y (kernel/configs.c).
	ikconfigStart = "IKCFG_ST"
	// maxConfig is many times the size of the largest configuration, in bytes.
	maxConfig = 16 << 20
	// searched is how much of an unpacked kernel is in memory at a time, in bytes.
	searched = 256 << 10
)

// EmbeddedConfig returns the configuration that a kernel's image carries in
// itself, nil if it carries none, or is a bzImage that is packed in another way
// than gzip, lz4 and zstd, which would take long to unpack.
func EmbeddedConfig(image []byte) (Config, error) {
	unpacked, err := unpackedKernel(image)
	if err != nil || unpacked == nil {
		return nil, err
	}
	r := bufio.NewReaderSize(io.LimitReader(unpacked, maxUnpacked), searched)
	switch err := skipPast(r, ikconfigStart); {
	case err == io.EOF:
		return nil, nil
	case err != nil:
		return nil, errors.Wrap(err, "unpacking the kernel")
	}
	content, err := gunzipMember(r)
	if err != nil {
		return nil, errors.Wrap(err, "unpacking the configuration in the kernel")
	}
	return ParseConfig(content)
}

// skipPast reads to behind a mark. If there is none, the error is io.EOF.
func skipPast(r *bufio.Reader, mark string) error {
	for {
		window, err := r.Peek(r.Size())
		if i := bytes.Index(window, []byte(mark)); i >= 0 {
			_, err := r.Discard(i + len(mark))
			return err
		}
		if err != nil {
			return err
		}
		if _, err := r.Discard(len(window) - len(mark) + 1); err != nil {
			return err
		}
	}
}

// gunzipMember unpacks the gzip member that r is at, whatever follows it.
func gunzipMember(r *bufio.Reader) ([]byte, error) {
	member, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	member.Multistream(false)
	content, err := io.ReadAll(io.LimitReader(member, maxConfig+1))
	if err == nil && len(content) > maxConfig {
		return nil, errors.Errorf("it unpacks to more than %d MiB", maxConfig>>20)
	}
	return content, err
}

// unpackedKernel reads the kernel that is in an image, nil if that would take long.
func unpackedKernel(image []byte) (io.Reader, error) {
	if isArm64Image(image) {
		return bytes.NewReader(image), nil
	}
	payload, err := payload(image)
	if err != nil {
		return nil, err
	}
	return openPayload(payload)
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

// openPayload unpacks a payload while it is read, nil if it is of a kind that takes
// long. Behind all but gzip the kernel's build appends the unpacked size, 4 bytes.
func openPayload(payload []byte) (io.Reader, error) {
	format := unpack.Identify(payload)
	switch format {
	case unpack.Gzip:
	case unpack.LZ4, unpack.Zstd:
		payload = payload[:len(payload)-4] // the magic is as long
	default:
		return nil, nil
	}
	r, err := unpack.NewReader(format, bytes.NewReader(payload), unpack.Window)
	if err != nil {
		return nil, errors.Wrap(err, "unpacking the kernel")
	}
	return r, nil
}
