package kernel

import (
	"bytes"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

// maxUnpacked bounds what a module or a kernel may unpack to, in bytes. The
// largest of Debian's modules (amdgpu) has 25 MB with its debug information
// stripped, its kernel 66 MB.
const maxUnpacked = 256 << 20

// decompress returns a module's ELF file. Kernels that cannot decompress
// modules themselves (Alpine's: CONFIG_MODULE_DECOMPRESS is off) need it plain.
func decompress(content []byte) ([]byte, error) {
	if bytes.HasPrefix(content, []byte("\x7fELF")) {
		return content, nil
	}
	switch format := unpack.Identify(content); format {
	case unpack.Gzip, unpack.XZ, unpack.Zstd: // those of CONFIG_MODULE_COMPRESS
		return unpack.All(format, content, maxUnpacked)
	}
	return nil, errors.Errorf("this is neither an ELF file nor one compressed with gzip, xz or zstd but %s", seems(content))
}
