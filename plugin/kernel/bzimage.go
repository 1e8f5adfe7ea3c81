package kernel

import (
	"bytes"
	"encoding/binary"

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

func parseBzImage(image []byte) (Header, error) {
	if !isBzImage(image) {
		return Header{}, &NotKernelError{Seems: seems(image)}
	}
	if binary.LittleEndian.Uint16(image[offProtocol:]) < protocol212 || image[offXLoadFlags]&kernel64 == 0 {
		return Header{}, errors.New("this is a 32-bit kernel: give one for x86_64")
	}
	version, err := release(image)
	return Header{Release: version, Arch: "amd64"}, err
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
