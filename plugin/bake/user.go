package bake

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

// accounts are the machine's users and groups, and the one of them that the program
// runs as.
func (o *Options) accounts() (*accounts.Table, accounts.User, error) {
	name, group, hasGroup := strings.Cut(o.User, ":")
	usual := accounts.New(accounts.ProgramID, accounts.ProgramID)
	user, err := usual.User(name)
	if err == nil && hasGroup {
		user.GID, err = usual.Group(group)
	}
	return accounts.New(user.UID, user.GID), user, errors.Wrap(err, "user")
}

// sayUser says which rights the program has, and how to have others.
func sayUser(r Reporter, user accounts.User) {
	if user.UID == 0 {
		r.Say(`The program runs as root, with every right in the machine: leave out user = "root" if it needs none`)
		return
	}
	r.Sayf(`The program runs as the user %d, group %d, and can listen on every port: set user = "root" if it needs more rights`, user.UID, user.GID)
}
