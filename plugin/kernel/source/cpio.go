package source

import (
	"bytes"
	"path"
	"strconv"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
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
	newcInode, newcMode, newcLinks, newcSize, newcMajor, newcMinor, newcNameSize = 0, 1, 4, 6, 7, 8, 11

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
		format := unpack.Identify(content)
		if format == unpack.None {
			return nil, errors.Errorf("behind an archive is something unknown, which begins with %.8q", content)
		}
		// What follows a compressed archive is compressed too, as one with it.
		var err error
		if content, err = unpack.All(format, content, maxFile); err != nil {
			return nil, errors.Wrap(err, "decompressing it")
		}
		if !isNewc(content) {
			return nil, errors.New("what is compressed is no cpio archive")
		}
	}
	return t, nil
}

// readCpio adds the files of one archive to t and returns what follows it.
func readCpio(t kernel.Tree, archive []byte) (rest []byte, err error) {
	linked := links{}
	for rest = archive; isNewc(rest); {
		var e entry
		if e, rest, err = cutEntry(rest); err != nil {
			return nil, err
		}
		if e.name == newcTrailer {
			return rest, nil
		}
		if e.numbers[newcMode]&modeType != modeRegular {
			continue
		}
		if content := linked.content(e); kernel.InTree(e.name) {
			t[e.name] = func() ([]byte, error) { return *content, nil }
		}
	}
	return nil, errors.New("the cpio archive has no end")
}

// entry is a file or the like in an archive.
type entry struct {
	numbers [13]int
	name    string // without slashes or dots in front
	content []byte
}

// cutEntry takes the entry off the head of an archive.
func cutEntry(archive []byte) (e entry, rest []byte, err error) {
	if len(archive) < newcHeader {
		return entry{}, nil, errors.New("the cpio archive is cut off")
	}
	for i := range e.numbers {
		digits := string(archive[6+8*i : 14+8*i])
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return entry{}, nil, errors.Errorf("a header of the cpio archive has no number but %q", digits)
		}
		e.numbers[i] = int(n)
	}
	nameEnd := newcHeader + e.numbers[newcNameSize]
	start := align4(nameEnd)
	end := start + e.numbers[newcSize]
	if end > len(archive) || e.numbers[newcNameSize] == 0 {
		return entry{}, nil, errors.New("the cpio archive is cut off")
	}
	e.name = path.Clean("/" + string(archive[newcHeader:nameEnd-1]))[1:]
	e.content = archive[start:end:end]
	return e, archive[min(align4(end), len(archive)):], nil
}

// links are the contents of files that have several names in an archive. One of
// the names comes with the content, the others with none.
type links map[[3]int]*[]byte

// content returns the content of an entry's file, which holds once all of the
// archive has been read.
func (l links) content(e entry) *[]byte {
	if e.numbers[newcLinks] < 2 {
		return &e.content
	}
	file := [3]int{e.numbers[newcMajor], e.numbers[newcMinor], e.numbers[newcInode]}
	if l[file] == nil {
		l[file] = new([]byte)
	}
	if len(e.content) > 0 {
		*l[file] = e.content
	}
	return l[file]
}

func align4(n int) int { return (n + 3) &^ 3 }

func skipZeros(b []byte) []byte { return bytes.TrimLeft(b, "\x00") }
