package kernel

import (
	"bytes"
	"fmt"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
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
	if isBzImage(head) || isArm64Image(head) || isZboot(head) || isPackedImage(head) {
		return nil
	}
	return &NotKernelError{Seems: seems(head)}
}

// isPackedImage tells by its head whether it is a compressed arm64 Image, such as
// Image.gz (kernel: arch/arm64/boot/Makefile).
func isPackedImage(head []byte) bool {
	r, err := unpack.NewReader(unpack.Identify(head), bytes.NewReader(head), unpack.Window)
	if err != nil {
		return false
	}
	header := make([]byte, arm64HeaderSize)
	_, err = io.ReadFull(r, header)
	return err == nil && isArm64Image(header)
}

// ParseImage reads a kernel's image. It returns the image that every loader
// takes: the same, or what is in it if it is an EFI zboot image, whose loader
// needs a UEFI firmware around it, or a compressed Image.
func ParseImage(image []byte) (Header, []byte, error) {
	var err error
	switch format := unpack.Identify(image); {
	case isZboot(image):
		if image, err = unpackZboot(image); err != nil {
			return Header{}, nil, err
		}
		if !isArm64Image(image) {
			return Header{}, nil, errors.Errorf("the EFI zboot image holds no arm64 Image but %s", seems(image))
		}
	case isPackedImage(image):
		if image, err = unpack.All(format, image, maxUnpacked); err != nil {
			return Header{}, nil, errors.Wrap(err, "unpacking the Image")
		}
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
	if format := unpack.Identify(b); format != unpack.None {
		return string(format) + " data"
	}
	return "something unknown"
}
