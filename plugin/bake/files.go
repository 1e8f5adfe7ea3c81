package bake

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/collect"
)

// File puts a file, or everything in a folder, into the machine. There can be any
// number of these blocks. Two blocks cannot put a file at the same path, and no block
// can put anything where the machine has its init, its modules, its configuration or
// the kernel's file systems. A file of a block replaces a file that the machine has
// anyway, such as `/etc/services`. Files take up the machine's memory as long as it
// runs, and changes to them are lost when it ends. So put large files, and those that
// must last, on a disk, see [Data](#data).
type File struct {
	// A file or a folder of the host, or a pattern, such as `conf/*.yaml`, which must
	// match something. Links in a folder stay links. FIFOs, sockets and devices are
	// refused.
	Source string `mapstructure:"source"`
	// The text of the file, instead of `source`.
	Content *string `mapstructure:"content"`
	// The absolute path in the machine. If it ends in a slash, a file goes below it
	// under its own name; otherwise a file goes to this path. The content of a folder
	// goes below it in either case. For a pattern it must end in a slash, and the
	// matching files go below it.
	Destination string `mapstructure:"destination" required:"true"`
	// The mode of the files, in octal digits, such as `"0644"`. Folders also get the
	// right to search wherever the mode has the right to read. By default files keep
	// their mode from the host, but group and others lose the right to write. On
	// Windows, which has no modes, the default is `"0755"` for folders and for files
	// that start like a program or a script, and `"0644"` for other files. The default
	// for `content` is `"0644"`.
	Mode string `mapstructure:"mode"`
	// The user who owns the files, by name or number. The names are `root`, `nobody`,
	// and `app`, which is the program's user. Defaults to `root`.
	Owner string `mapstructure:"owner"`
	// The group that owns the files, by name or number. Defaults to the owner's group.
	Group string `mapstructure:"group"`
	// Allows files that are set-user-ID or set-group-ID, by `mode` or from the host.
	// Otherwise they are refused.
	SpecialBits bool `mapstructure:"special_bits"`
}

// name returns the block's name for messages.
func (f File) name() string { return fmt.Sprintf("file (destination %q)", f.Destination) }

func (o *Options) validateFiles() []error {
	var errs []error
	users, _, err := o.accounts()
	if err != nil {
		return append(errs, err)
	}
	seen := map[string]bool{}
	for _, f := range o.Files {
		known := f
		if o.ContainerImage != "" { // its users are known once it has been read
			known.Owner, known.Group = "", ""
		}
		if err := known.validate(users); err != nil {
			errs = append(errs, errors.Wrap(err, f.name()))
		}
		if !strings.HasSuffix(f.Destination, "/") && seen[f.Destination] {
			errs = append(errs, errors.Errorf("%s: another block has the same: give each its own", f.name()))
		}
		seen[f.Destination] = true
	}
	return errs
}

func (f File) validate(users *accounts.Table) error {
	switch {
	case (f.Source == "") == (f.Content == nil):
		return errors.New("give either source or content")
	case !path.IsAbs(f.Destination) || path.Clean(f.Destination) != f.folder() || strings.ContainsRune(f.Destination, 0):
		return errors.New("destination must be an absolute path, without . and .. in it")
	case f.Content != nil && strings.HasSuffix(f.Destination, "/"):
		return errors.New("destination must name the file that content is for, so it cannot end in a slash")
	}
	_, err := f.rules(users)
	return err
}

// folder returns the destination without the slash at its end.
func (f File) folder() string {
	if f.Destination == "/" {
		return "/"
	}
	return strings.TrimSuffix(f.Destination, "/")
}

// rules returns the mode and the owners of the files, in a machine with these users.
func (f File) rules(users *accounts.Table) (collect.Rules, error) {
	r := collect.Rules{SpecialBits: f.SpecialBits}
	var err error
	if f.Mode != "" {
		if r.Mode, err = collect.ParseMode(f.Mode); err != nil {
			return r, errors.Wrap(err, "mode")
		}
		if r.Mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 && !f.SpecialBits {
			return r, errors.Errorf("mode %s makes the files set-user-ID or set-group-ID: set special_bits = true if it is to be so", f.Mode)
		}
	}
	if f.Owner != "" {
		user, err := users.User(f.Owner)
		if err != nil {
			return r, errors.Wrap(err, "owner")
		}
		r.UID, r.GID = user.UID, user.GID
	}
	if f.Group != "" {
		if r.GID, err = users.Group(f.Group); err != nil {
			return r, errors.Wrap(err, "group")
		}
	}
	return r, nil
}

// blocks collects what the file blocks put into the machine.
func (o *Options) blocks(ctx context.Context, r Reporter, users *accounts.Table) ([]rootfs.Block, error) {
	var blocks []rootfs.Block
	for _, f := range o.Files {
		entries, err := f.collect(ctx, users)
		if err != nil {
			return nil, errors.Wrap(err, f.name())
		}
		if f.Content == nil {
			n, size := count(entries)
			r.Sayf("Files from %s to %s: %d, %.1f MB", f.Source, f.Destination, n, float64(size)/1e6)
		}
		blocks = append(blocks, rootfs.Block{Name: f.name(), Entries: entries, SetsMode: f.Mode != "", SetsOwner: f.Owner != "" || f.Group != ""})
	}
	return blocks, nil
}

func (f File) collect(ctx context.Context, users *accounts.Table) ([]tree.Entry, error) {
	rules, err := f.rules(users)
	if err != nil {
		return nil, err
	}
	if f.Content != nil {
		return []tree.Entry{collect.Text(*f.Content, f.Destination, rules)}, nil
	}
	return collect.Files(ctx, f.Source, f.Destination, rules)
}

// count returns the number of files and their size in bytes.
func count(entries []tree.Entry) (files int, bytes int64) {
	for _, e := range entries {
		if e.Mode.IsRegular() {
			files++
			bytes += e.Size()
		}
	}
	return files, bytes
}
