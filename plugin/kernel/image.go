package kernel

import (
	"fmt"

	"github.com/pkg/errors"
)

// Header is what a kernel's image says of itself.
type Header struct {
	// Release is what uname -r will say.
	Release string
	// Arch is the architecture in Go's terms: "amd64" for a bzImage, "arm64" for
	// an Image.
	Arch string
}

// NotKernelError says that a file is not a kernel, and what it seems to be.
type NotKernelError struct {
	Seems string
}

func (e *NotKernelError) Error() string {
	return fmt.Sprintf("this is neither a bzImage nor an arm64 Image but %s: "+
		"give the vmlinuz of an x86_64 or arm64 kernel, as it lies in /boot", e.Seems)
}

// IsImage tells by the first 32 KiB of a file whether it is a kernel's image, one
// that ParseImage is to read. If not, the error is a *NotKernelError.
func IsImage(head []byte) error {
	if isBzImage(head) || isArm64Image(head) || isZboot(head) {
		return nil
	}
	return &NotKernelError{Seems: seems(head)}
}

// ParseImage reads a kernel's image. It returns the image that every loader
// takes: the same, or what is in it if it is an EFI zboot image, whose loader
// needs a UEFI firmware around it.
func ParseImage(image []byte) (Header, []byte, error) {
	if isZboot(image) {
		unpacked, err := unpackZboot(image)
		if err != nil {
			return Header{}, nil, err
		}
		if !isArm64Image(unpacked) {
			return Header{}, nil, errors.Errorf("the EFI zboot image holds no arm64 Image but %s", seems(unpacked))
		}
		image = unpacked
	}
	if isArm64Image(image) {
		h, err := parseArm64Image(image)
		return h, image, err
	}
	h, err := parseBzImage(image)
	return h, image, err
}

// seems names what a file is by its first bytes, for an error.
func seems(b []byte) string {
	known := []struct {
		offset int
		magic  string
		name   string
	}{
		{0, "\x7fELF", "an ELF file (an uncompressed vmlinux, a module or a program)"},
		{0, gzipMagic, "gzip data"},
		{0, xzMagic, "xz data"},
		{0, zstdMagic, "zstd data"},
		{257, "ustar", "a tar archive"},
		{0, "!<arch>\n", "an ar archive (a .deb?)"},
		{0x8001, "CD001", "an ISO 9660 image"},
	}
	for _, k := range known {
		if len(b) >= k.offset+len(k.magic) && string(b[k.offset:k.offset+len(k.magic)]) == k.magic {
			return k.name
		}
	}
	if len(b) == 0 {
		return "an empty file"
	}
	return "something unknown"
}
