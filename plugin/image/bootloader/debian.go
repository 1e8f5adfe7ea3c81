package bootloader

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/deb"
)

// pinned is a package of Debian 12, by digest: where it comes from needs no
// trust.
type pinned struct {
	file   string
	sha256 string
	// members are the paths of the loader's files in it, by name.
	members map[string]string
}

const syslinuxVersion = "6.04~git20190206.bf6db5b4+dfsg1-3"

// pool and archive: the first forgets packages in the end, the second never.
const (
	pool    = "http://deb.debian.org/debian/pool/main/s/syslinux/"
	archive = "http://snapshot.debian.org/archive/debian/20230701T000000Z/pool/main/s/syslinux/"
)

var packages = []pinned{
	{
		file:   "isolinux_" + syslinuxVersion + "_all.deb",
		sha256: "cb14af88adc2c3844976cd2de61571d2af94d2fb65c277fe4acf3dc8a5d25aae",
		members: map[string]string{
			BinName: "usr/lib/ISOLINUX/isolinux.bin",
			MBRName: "usr/lib/ISOLINUX/isohdpfx.bin",
		},
	},
	{
		file:   "syslinux-common_" + syslinuxVersion + "_all.deb",
		sha256: "f7e4ead7fdfe5cb6117d8d2485d75e53570a8cf680c81a432f92c1774f878875",
		members: map[string]string{
			LdlinuxName: "usr/lib/syslinux/modules/bios/ldlinux.c32",
		},
	},
}

// download takes the loader out of Debian's packages.
func download(ctx context.Context, fetch Fetch) (Isolinux, error) {
	if fetch == nil {
		return Isolinux{}, errors.New("downloading is switched off")
	}
	var l Isolinux
	for _, p := range packages {
		path, err := fetch(ctx, []string{pool + p.file, archive + p.file}, p.sha256)
		if err != nil {
			return Isolinux{}, err
		}
		if err := l.unpack(path, p); err != nil {
			return Isolinux{}, errors.Wrapf(err, "unpacking %s", p.file)
		}
	}
	return l, l.Check()
}

// unpack takes what it holds of the loader out of a package.
func (l *Isolinux) unpack(path string, p pinned) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	found, err := deb.Extract(file, func(name string) bool {
		return slices.Contains(slices.Collect(maps.Values(p.members)), name)
	})
	if err != nil {
		return err
	}
	if len(found) < len(p.members) {
		return errors.Errorf("the package has %d of the %d files that are wanted", len(found), len(p.members))
	}
	for name, to := range l.parts() {
		if member, ok := p.members[name]; ok {
			*to = found[member]
		}
	}
	return nil
}
