package kernel

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/pkg/errors"
)

// Offsets of the x86 boot protocol's setup header, from the start of the file
// (kernel: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").
const (
	offSetupSects    = 0x1f1
	offBootFlag      = 0x1fe
	offMagic         = 0x202
	offProtocol      = 0x206
	offKernelVersion = 0x20e
	offLoadFlags     = 0x211
	offXLoadFlags    = 0x236
	headerEnd        = 0x268
)

const (
	bootFlag = 0xaa55
	// magic "HdrS" marks a boot protocol of 2.00 or later.
	magic = "HdrS"
	// loadedHigh in loadflags tells a bzImage from an old zImage.
	loadedHigh = 1 << 0
	// kernel64 in xloadflags: the kernel has a 64-bit entry point.
	kernel64 = 1 << 0
	// protocol212 is the first protocol (Linux 3.8) with xloadflags.
	protocol212 = 0x20c
	sector      = 512
)

// Header is what a bzImage says of itself.
type Header struct {
	// Release is what uname -r will say.
	Release string
	// Arch is "amd64", the one architecture whose images are bzImages that
	// we take.
	Arch string
	// Protocol is the boot protocol's version, 0x20f for 2.15.
	Protocol uint16
}

// NotBzImageError says that a file is not a bzImage, and what it seems to be.
type NotBzImageError struct {
	Seems string
}

func (e *NotBzImageError) Error() string {
	return fmt.Sprintf("this is not a bzImage but %s: give the vmlinuz of an x86_64 kernel, as it lies in /boot", e.Seems)
}

// ParseBzImage reads the setup header of a bzImage. The first 32 KiB of the
// file suffice. The error is a *NotBzImageError when it is something else.
func ParseBzImage(image []byte) (Header, error) {
	if !isBzImage(image) {
		return Header{}, &NotBzImageError{Seems: seems(image)}
	}
	h := Header{Protocol: binary.LittleEndian.Uint16(image[offProtocol:]), Arch: "amd64"}
	if h.Protocol < protocol212 || image[offXLoadFlags]&kernel64 == 0 {
		return Header{}, errors.New("this is a 32-bit kernel: give one for x86_64")
	}
	var err error
	h.Release, err = release(image)
	return h, err
}

func isBzImage(image []byte) bool {
	return len(image) >= headerEnd &&
		binary.LittleEndian.Uint16(image[offBootFlag:]) == bootFlag &&
		string(image[offMagic:offMagic+len(magic)]) == magic &&
		image[offLoadFlags]&loadedHigh != 0
}

// release returns the first word of the version string, which the header's
// kernel_version field points to, less 0x200.
func release(image []byte) (string, error) {
	pointer := int(binary.LittleEndian.Uint16(image[offKernelVersion:]))
	setupEnd := (int(image[offSetupSects]) + 1) * sector
	start := pointer + sector
	if pointer == 0 || start >= setupEnd || start >= len(image) {
		return "", errors.New("its header has no version string, so its modules cannot be checked")
	}
	text := image[start:min(setupEnd, len(image))]
	if end := bytes.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	word, _, _ := bytes.Cut(text, []byte(" "))
	if len(word) == 0 || !printable(word) {
		return "", errors.New("its header has no readable version string: is the file damaged?")
	}
	return string(word), nil
}

func printable(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// seems names what a file is by its first bytes, for an error.
func seems(b []byte) string {
	known := []struct {
		offset int
		magic  string
		name   string
	}{
		{0, "\x7fELF", "an ELF file (an uncompressed vmlinux, a module or a program)"},
		{56, "ARMd", "an arm64 Image"}, // Documentation/arch/arm64/booting.rst
		{4, "zimg", "an EFI zboot image of another architecture"},
		{0, "\x1f\x8b", "gzip data"},
		{0, "\xfd7zXZ\x00", "xz data"},
		{0, "\x28\xb5\x2f\xfd", "zstd data"},
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
