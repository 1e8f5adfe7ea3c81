package bake

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/base"
)

// root returns what is in the machine's root besides its init, its program, its
// modules and its configuration.
func (o *Options) root(ctx context.Context, r Reporter, prog program.Program, services []service, release string, img *containerized) ([]tree.Entry, error) {
	users, user, err := o.accounts()
	if err != nil {
		return nil, err
	}
	if img != nil {
		users, user = img.users, img.user
	} else {
		sayUser(r, user)
	}
	own, err := base.Files(users, release)
	if err != nil {
		return nil, err
	}
	own = append(own, o.dataFolder(own, user)...)
	for _, s := range services {
		account, err := s.account(users)
		if err != nil {
			return nil, errors.Wrapf(err, "%s: user", s.title())
		}
		sayService(r, s.Service, s.program.Image.Size(), account)
		own = append(own, tree.Entry{Path: servicesDir + s.Name, Mode: 0o755, Content: s.program.Image})
		prog.Roots, prog.Zones = prog.Roots || s.program.Roots, prog.Zones || s.program.Zones
	}
	trusted, err := o.trusted(ctx, r, prog)
	if err != nil {
		return nil, err
	}
	zones, err := o.zones(r, prog)
	if err != nil {
		return nil, err
	}
	blocks, err := o.blocks(ctx, r, users)
	if err != nil {
		return nil, err
	}
	changed, err := sourceDate(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return nil, err
	}
	if img != nil {
		if own, err = img.root(r, o, own, trusted, zones); err != nil {
			return nil, err
		}
		img.resolve(blocks)
	} else {
		own = slices.Concat(own, trusted, zones)
	}
	all, err := rootfs.Merge(own, blocks, changed, img == nil)
	if err != nil {
		return nil, err
	}
	o.sayHidden(r, blocks)
	sayMemory(r, all)
	return all, nil
}

// dataFolder is where a data disk is mounted, which is the program's without one, too.
// Root makes it when it needs it.
func (o *Options) dataFolder(own []tree.Entry, user accounts.User) []tree.Entry {
	path := cmp.Or(o.Data.Path, config.DataPath)
	there := slices.ContainsFunc(own, func(e tree.Entry) bool { return e.Path == path })
	if user.UID == 0 || there {
		return nil
	}
	return []tree.Entry{{Path: path, Mode: fs.ModeDir | 0o755, UID: user.UID, GID: user.GID}}
}

// sourceDate is when the machine's files were changed, the zero time if epoch is
// empty.
func sourceDate(epoch string) (time.Time, error) {
	seconds, err := guest.Floor(epoch)
	if err != nil || seconds == 0 {
		return time.Time{}, err
	}
	return time.Unix(seconds, 0), nil
}

// sayHidden names what cannot be seen in the machine once it has a data disk.
func (o *Options) sayHidden(r Reporter, blocks []rootfs.Block) {
	disk := cmp.Or(o.Data.Path, config.DataPath)
	for _, b := range blocks {
		for _, e := range b.Entries {
			if strings.HasPrefix(e.Path, disk+"/") {
				r.Sayf("%s: %s is hidden in a machine with a data disk, which is mounted on %s", b.Name, e.Path, disk)
				break
			}
		}
	}
}
