package bootloader

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Sources say where the loader's files may come from.
type Sources struct {
	// Dir is a folder that must hold them; empty to look further.
	Dir string
	// Files are paths of them by name, all three or none.
	Files map[string]string
	// Root is prepended to the well-known places; empty for this host's.
	Root string
	// Fetch downloads the packages. Nil if nothing may be downloaded.
	Fetch Fetch
}

// Fetch gets a file from the first of urls that has it, and checks its SHA-256.
// It returns the path of a file that it may share.
type Fetch func(ctx context.Context, urls []string, sha256 string) (path string, err error)

// places are where packages put the files: each a folder for each name.
var places = []map[string]string{
	{ // Debian: isolinux and syslinux-common
		BinName: "usr/lib/ISOLINUX", MBRName: "usr/lib/ISOLINUX", LdlinuxName: "usr/lib/syslinux/modules/bios",
	},
	{ // Alpine and Fedora: syslinux
		BinName: "usr/share/syslinux", MBRName: "usr/share/syslinux", LdlinuxName: "usr/share/syslinux",
	},
	{ // Arch: syslinux
		BinName: "usr/lib/syslinux/bios", MBRName: "usr/lib/syslinux/bios", LdlinuxName: "usr/lib/syslinux/bios",
	},
}

// Find returns the loader and, for people, where it is from: what s names, what
// this host has, or what Debian's packages hold.
func Find(ctx context.Context, s Sources) (Isolinux, string, error) {
	if s.Dir != "" {
		l, err := read(ctx, inFolder(s.Dir))
		return l, s.Dir, errors.Wrapf(err, "ISOLINUX from %s", s.Dir)
	}
	if len(s.Files) > 0 {
		l, err := read(ctx, s.Files)
		return l, filepath.Dir(s.Files[BinName]), errors.Wrap(err, "ISOLINUX from the files given")
	}
	for _, place := range places {
		paths := map[string]string{}
		for name, dir := range place {
			paths[name] = filepath.Join("/", s.Root, filepath.FromSlash(dir), name)
		}
		l, err := read(ctx, paths)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return l, filepath.Dir(paths[BinName]), errors.Wrap(err, "ISOLINUX from this host")
	}
	l, err := download(ctx, s.Fetch)
	return l, "Debian's packages", errors.Wrap(err, howToGet)
}

const howToGet = "ISOLINUX is not on this host and could not be downloaded: " +
	"install it (apt install isolinux syslinux-common, apk add syslinux), " +
	"or name a folder that holds " + BinName + ", " + LdlinuxName + " and " + MBRName

func inFolder(dir string) map[string]string {
	paths := map[string]string{}
	for _, name := range []string{BinName, LdlinuxName, MBRName} {
		paths[name] = filepath.Join(dir, name)
	}
	return paths
}

// maxPart bounds the size of one of the files, in bytes: the largest, ldlinux.c32,
// has some 120 kB.
const maxPart = 4 << 20

// read reads the three files from paths by name.
func read(ctx context.Context, paths map[string]string) (Isolinux, error) {
	var l Isolinux
	for name, to := range l.parts() {
		path, ok := paths[name]
		if !ok {
			return Isolinux{}, errors.Errorf("%s is missing: give %s together", name,
				strings.Join([]string{BinName, LdlinuxName, MBRName}, ", "))
		}
		content, err := input.Read(ctx, path, maxPart)
		if err != nil {
			return Isolinux{}, err
		}
		*to = content
	}
	return l, l.Check()
}

// parts are where each file's content goes.
func (l *Isolinux) parts() map[string]*[]byte {
	return map[string]*[]byte{BinName: &l.Bin, LdlinuxName: &l.Ldlinux, MBRName: &l.MBR}
}
