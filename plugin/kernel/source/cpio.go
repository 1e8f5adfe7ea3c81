package source

import (
	"bytes"
	"io"
	"path"
	"strconv"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// The "newc" format (kernel: Documentation/driver-api/early-userspace/buffer-format.rst):
// a magic number and 13 numbers of 8 hexadecimal digits, the name with its NUL,
// the content; the latter two are padded to 4 bytes.
const (
	newcMagic    = "070701"
	newcCRCMagic = "070702" // with a checksum, which the kernel does not look at
	newcHeader   = 6 + 13*8
	newcTrailer  = "TRAILER!!!"

	// Positions among the 13 numbers.
	newcMode, newcSize, newcNameSize = 1, 6, 11

	// The file's type in its mode (inode(7)).
	modeType, modeRegular = 0o170000, 0o100000
)

func isNewc(b []byte) bool {
	return bytes.HasPrefix(b, []byte(newcMagic)) || bytes.HasPrefix(b, []byte(newcCRCMagic))
}

// openCpio reads an initramfs: archives one behind the other, each compressed
// or not, as those with microcode have them.
func openCpio(content []byte) (kernel.Tree, error) {
	t := kernel.Tree{}
	for content = skipZeros(content); len(content) > 0; content = skipZeros(content) {
		if isNewc(content) {
			rest, err := readCpio(t, content)
			if err != nil {
				return nil, err
			}
			content = rest
			continue
		}
		r, err := decompress(content)
		if err != nil {
			return nil, err
		}
		if r == nil {
			return nil, errors.Errorf("behind an archive is something unknown, which begins with %.8q", content)
		}
		// What follows a compressed archive is compressed too, as one with it.
		unpacked, err := io.ReadAll(io.LimitReader(r, maxFile))
		if err != nil {
			return nil, errors.Wrap(err, "decompressing it")
		}
		content = unpacked
		if !isNewc(content) {
			return nil, errors.New("what is compressed is no cpio archive")
		}
	}
	return t, nil
}

// readCpio adds the files of one archive to t and returns what follows it.
func readCpio(t kernel.Tree, archive []byte) ([]byte, error) {
	rest := archive
	for isNewc(rest) {
		if len(rest) < newcHeader {
			return nil, errors.New("the cpio archive is cut off")
		}
		var numbers [13]int
		for i := range numbers {
			n, err := strconv.ParseUint(string(rest[6+8*i:14+8*i]), 16, 32)
			if err != nil {
				return nil, errors.Errorf("a header of the cpio archive has no number but %q", rest[6+8*i:14+8*i])
			}
			numbers[i] = int(n)
		}
		nameEnd := newcHeader + numbers[newcNameSize]
		start := align4(nameEnd)
		end := start + numbers[newcSize]
		if end > len(rest) || numbers[newcNameSize] == 0 {
			return nil, errors.New("the cpio archive is cut off")
		}
		name := path.Clean(string(rest[newcHeader : nameEnd-1]))
		if numbers[newcMode]&modeType == modeRegular && kernel.InTree(name) {
			t[name] = kernel.Bytes(rest[start:end:end])
		}
		rest = rest[min(align4(end), len(rest)):]
		if name == newcTrailer {
			return rest, nil
		}
	}
	return nil, errors.New("the cpio archive has no end")
}

func align4(n int) int { return (n + 3) &^ 3 }

func skipZeros(b []byte) []byte { return bytes.TrimLeft(b, "\x00") }
