package bake

import (
	"cmp"
	"context"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

// findUser finds the user whom the program runs as, NAME or NAME:GROUP or their numbers,
// by the image's own files.
func (c *containerized) findUser(ctx context.Context, wanted string) error {
	passwd, err := c.text(ctx, "/etc/passwd")
	if err != nil {
		return err
	}
	groups, err := c.text(ctx, "/etc/group")
	if err != nil {
		return err
	}
	c.users = accounts.Parse(passwd, groups)
	name, group, hasGroup := strings.Cut(wanted, ":")
	if c.user, err = c.users.User(cmp.Or(name, "root")); err != nil {
		return errors.Wrapf(err, "the user %q", wanted)
	}
	switch {
	case hasGroup:
		c.user.GID, err = c.users.Group(group)
	case c.user.Name == "": // a number that no line of passwd has is in root's group, as in a container
		c.user.GID = 0
	default:
		c.groups = c.users.GroupsOf(c.user.Name)
	}
	return errors.Wrapf(err, "the group of the user %q", wanted)
}

// maxAccounts bounds /etc/passwd and /etc/group, in bytes.
const maxAccounts = 4 << 20

// text is a small file of the image, empty if there is none.
func (c *containerized) text(ctx context.Context, path string) (string, error) {
	e, ok := c.tree.Lookup(path)
	if !ok || e.Content == nil {
		return "", nil
	}
	if e.Size() > maxAccounts {
		return "", errors.Errorf("%s has %d bytes: it is no list of users or groups", path, e.Size())
	}
	var b strings.Builder
	err := content.Copy(ctx, &b, e.Content)
	return b.String(), errors.Wrap(err, path)
}
