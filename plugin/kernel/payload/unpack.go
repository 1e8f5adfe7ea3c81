package payload

import (
	"encoding/binary"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

// maxUnpacked bounds what a kernel may unpack to, in bytes; Debian's has 66 MB.
const maxUnpacked = 256 << 20

// sizeLength is the length of the unpacked size, which the kernel's build appends to
// all; gzip ends with the same (cmd_file_size in scripts/Makefile.lib).
const sizeLength = 4

// unpacked returns the kernel's ELF file with its relocations behind it.
func unpacked(payload []byte) ([]byte, error) {
	format := unpack.Identify(payload)
	if format == unpack.None || len(payload) < sizeLength {
		return nil, errors.Errorf("it is packed in an unknown way: it begins with %.8q", payload)
	}
	packed := payload[:len(payload)-sizeLength]
	size := int64(binary.LittleEndian.Uint32(payload[len(packed):]))
	if size > maxUnpacked {
		return nil, errors.Errorf("it unpacks to %d bytes, more than %d MiB", size, maxUnpacked>>20)
	}
	if format == unpack.Gzip {
		packed = payload
	}
	out, err := unpack.All(format, packed, maxUnpacked)
	if err == nil && int64(len(out)) != size {
		err = errors.Errorf("it unpacks to %d bytes, not to %d, as it says", len(out), size)
	}
	return out, err
}
