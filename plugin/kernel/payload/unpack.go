package payload

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
	"github.com/pkg/errors"
)

// maxUnpacked bounds what a kernel may unpack to, in bytes; Debian's has 66 MB.
const maxUnpacked = 256 << 20

// format is one that a kernel's build packs with (arch/x86/boot/compressed/Makefile).
type format struct {
	name, magic string
	open        func(io.Reader) (io.Reader, error) // nil for those not read
}

// formats are listed with the first bytes that lib/decompress.c knows them by.
func formats() []format {
	return []format{
		{"gzip", "\x1f\x8b", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"xz", "\xfd7zXZ\x00", func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, xz.DefaultDictMax) }},
		{"zstd", "\x28\xb5\x2f\xfd", func(r io.Reader) (io.Reader, error) {
			return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpacked))
		}},
		{"lz4", "\x02\x21\x4c\x18", func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }},
		{"lzo", "\x89\x4c", nil},
		{"lzma", "\x5d\x00", nil},
		{"bzip2", "BZ", nil},
	}
}

// sizeLength is the length of the unpacked size, which the kernel's build appends to
// all; gzip ends with the same (cmd_file_size in scripts/Makefile.lib).
const sizeLength = 4

// unpack returns the kernel's ELF file with its relocations behind it.
func unpack(payload []byte) ([]byte, error) {
	if len(payload) < sizeLength {
		return nil, errors.Errorf("it has but %d bytes", len(payload))
	}
	packed := payload[:len(payload)-sizeLength]
	size := int64(binary.LittleEndian.Uint32(payload[len(packed):]))
	for _, f := range formats() {
		if !bytes.HasPrefix(payload, []byte(f.magic)) {
			continue
		}
		if f.open == nil {
			return nil, errors.Errorf("it is packed with %s, which is not read: it must be gzip, xz, zstd or lz4", f.name)
		}
		if f.name == "gzip" {
			packed = payload
		}
		return f.read(packed, size)
	}
	return nil, errors.Errorf("it is packed in an unknown way, it begins with % x", payload[:sizeLength])
}

// read unpacks what must have size bytes.
func (f format) read(packed []byte, size int64) ([]byte, error) {
	if size > maxUnpacked {
		return nil, errors.Errorf("it unpacks to %d bytes, more than %d MiB", size, maxUnpacked>>20)
	}
	r, err := f.open(bytes.NewReader(packed))
	if err != nil {
		return nil, errors.Wrapf(err, "reading %s", f.name)
	}
	out, err := io.ReadAll(io.LimitReader(r, size+1))
	if err != nil {
		return nil, errors.Wrapf(err, "reading %s", f.name)
	}
	if int64(len(out)) != size {
		return nil, errors.Errorf("it does not unpack to %d bytes, as it says", size)
	}
	return out, nil
}
