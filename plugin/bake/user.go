package bake

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

// accounts are the machine's users and groups, those of services too, and the one of them
// that the program runs as.
func (o *Options) accounts() (*accounts.Table, accounts.User, error) {
	if o.ContainerImage != "" { // the image's, see containerized.findUser
		return accounts.New(0, 0), accounts.User{Name: "root"}, nil
	}
	user, err := findUser(accounts.New(accounts.ProgramID, accounts.ProgramID), o.User)
	if err != nil {
		return nil, user, errors.Wrap(err, "user")
	}
	users := accounts.New(user.UID, user.GID)
	return users, user, users.AddServices(o.ownUsers()...)
}

// findUser finds a user by name or number, with another group if one follows: "app:tty".
func findUser(users *accounts.Table, text string) (accounts.User, error) {
	name, group, hasGroup := strings.Cut(text, ":")
	user, err := users.User(name)
	if err == nil && hasGroup {
		user.GID, err = users.Group(group)
	}
	return user, err
}

// sayUser says which rights the program has, and how to have others.
func sayUser(r Reporter, user accounts.User) {
	if user.UID == 0 {
		r.Say(`The program runs as root, with every right in the machine: leave out user = "root" if it needs none`)
		return
	}
	r.Sayf(`The program runs as the user %d, group %d, and can listen on every port: set user = "root" if it needs more rights`, user.UID, user.GID)
}
