package collect

import (
	"bytes"
	"io"
	"io/fs"
	"math"
	"strconv"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// The upper bits of a mode in octal digits (chmod(1)).
const (
	setUserID  = 0o4000
	setGroupID = 0o2000
	sticky     = 0o1000
)

// ParseMode reads a mode in octal digits, such as "0644".
func ParseMode(text string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(text, 8, 16)
	if err != nil || n == 0 || n > 0o7777 {
		return 0, errors.Errorf(`%q is no mode: give one in octal digits, such as "0644"`, text)
	}
	mode := fs.FileMode(n).Perm()
	for bit, flag := range map[uint64]fs.FileMode{setUserID: fs.ModeSetuid, setGroupID: fs.ModeSetgid, sticky: fs.ModeSticky} {
		if n&bit != 0 {
			mode |= flag
		}
	}
	return mode, nil
}

// special are the bits by which a program has another's rights.
const special = fs.ModeSetuid | fs.ModeSetgid

// groupAndOthersWrite are the rights that a file loses on its way. Whether it has
// them on this host is a matter of the umask.
const groupAndOthersWrite fs.FileMode = 0o022

// entry is a file or a folder as the rules want it, whose mode on this host is mode.
func (r Rules) entry(path string, mode fs.FileMode, c content.Content) tree.Entry {
	switch {
	case r.Mode == 0:
		mode &^= groupAndOthersWrite
	case mode.IsDir():
		search := (r.Mode & 0o444) >> 2
		mode = fs.ModeDir | r.Mode&^special | search
	default:
		mode = r.Mode &^ fs.ModeSticky
	}
	return tree.Entry{Path: path, Mode: mode, UID: r.UID, GID: r.GID, Content: c}
}

// mode is a regular file's on this host. Windows has none that the machine could
// use: there, what Linux can run can be run.
func (c *collector) mode(source string, info fs.FileInfo) (fs.FileMode, error) {
	if !c.windows {
		return info.Mode(), nil
	}
	file, err := input.Open(source, math.MaxInt64)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	head := make([]byte, 4)
	n, err := io.ReadFull(file, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, errors.Wrapf(err, "reading %s", source)
	}
	if head = head[:n]; bytes.HasPrefix(head, []byte("\x7fELF")) || bytes.HasPrefix(head, []byte("#!")) {
		return 0o755, nil
	}
	return 0o644, nil
}
