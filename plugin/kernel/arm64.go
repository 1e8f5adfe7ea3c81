package kernel

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"
)

// The header of an arm64 Image, 64 bytes (kernel:
// Documentation/arch/arm64/booting.rst, "Call the kernel image").
const (
	offArm64Flags   = 24
	offArm64Magic   = 56
	arm64HeaderSize = 64
	arm64Magic      = "ARM\x64"
	// arm64BigEndian in the flags tells a kernel whose programs would have to be
	// big-endian.
	arm64BigEndian = 1 << 0
)

// banner is how the kernel introduces itself (init/version-timestamp.c). An Image
// is not compressed and its header has no version, so it is looked for.
const banner = "Linux version "

func isArm64Image(image []byte) bool {
	return len(image) >= arm64HeaderSize && string(image[offArm64Magic:offArm64Magic+len(arm64Magic)]) == arm64Magic
}

func parseArm64Image(image []byte) (Header, error) {
	if binary.LittleEndian.Uint64(image[offArm64Flags:])&arm64BigEndian != 0 {
		return Header{}, errors.New("this is a big-endian kernel: give a little-endian one, as distributions have it")
	}
	for rest := image; ; {
		_, after, ok := bytes.Cut(rest, []byte(banner))
		if !ok {
			return Header{}, errors.New("it has no version string, so its modules cannot be checked: is the file damaged?")
		}
		word, _, _ := bytes.Cut(after[:min(len(after), maxRelease)], []byte(" "))
		if len(word) > 0 && len(word) < maxRelease && '0' <= word[0] && word[0] <= '9' && printable(word) {
			return Header{Release: string(word), Arch: "arm64"}, nil
		}
		rest = after
	}
}

// maxRelease is the size of what uname(2) has room for (include/uapi/linux/utsname.h).
const maxRelease = 65
