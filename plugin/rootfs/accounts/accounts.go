// Package accounts is who there is in a machine: the users and groups of passwd(5)
// and group(5).
package accounts

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// User is one line of /etc/passwd.
type User struct {
	Name     string
	UID, GID uint32
	// Home is the user's folder, in the machine.
	Home string
}

// group is one line of /etc/group.
type group struct {
	name    string
	gid     uint32
	members []string // by name, besides those whose own group it is
}

const (
	// ProgramUser is the name of the program's user, which is its group's too.
	ProgramUser = "app"
	// ProgramID is the number of both, unless the options name others: the first
	// that Linux distributions give to a person.
	ProgramID = 1000

	// nobody is the kernel's overflow user and group
	// (Documentation/admin-guide/sysctl/fs.rst, overflowuid).
	nobody = 65534
	// tty is the group of terminals, which devpts is told by the same number in
	// every distribution (Documentation/filesystems/devpts.rst; grantpt(3)).
	tty = 5

	// The numbers of services' users. Below are people's, above systemd's own
	// (systemd.io, UIDS-GIDS).
	firstService, lastService = 10_000, 59_999
)

// Table is the users and groups of one machine.
type Table struct {
	users  []User
	groups []group
}

// New returns root, nobody and the program's user, who has the numbers given. If
// uid is root's or nobody's, the program's user is there nevertheless, with
// ProgramID for both.
func New(uid, gid uint32) *Table {
	if uid == 0 || uid == nobody {
		uid, gid = ProgramID, ProgramID
	}
	t := &Table{
		users:  []User{{"root", 0, 0, "/root"}, {"nobody", nobody, nobody, "/"}},
		groups: []group{{name: "root"}, {name: "tty", gid: tty}, {name: "nobody", gid: nobody}, {name: "nogroup", gid: nobody}},
	}
	t.add(User{ProgramUser, uid, gid, "/home/" + ProgramUser})
	return t
}

func (t *Table) add(u User) {
	t.users = append(t.users, u)
	t.groups = append(t.groups, group{name: u.Name, gid: u.GID})
}

// AddServices adds a user, with a group of the same name and a folder in /var/lib, for
// each name that is not there yet. The numbers follow from the names: a service keeps the files that
// it has on a disk when another one is added or goes. It fails for what is no
// user's name.
func (t *Table) AddServices(names ...string) error {
	names = slices.Clone(names)
	slices.Sort(names)
	for _, name := range names {
		if !isName(name) {
			return errors.Errorf("%q cannot be a user's name: use up to 32 small letters, digits, - and _, a letter or _ first", name)
		}
		if slices.ContainsFunc(t.users, func(u User) bool { return u.Name == name }) {
			continue
		}
		id := t.free(name)
		t.add(User{name, id, id, "/var/lib/" + name})
	}
	return nil
}

// free is a number that only the name decides, unless another user has it.
func (t *Table) free(name string) uint32 {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(name))
	const count = lastService - firstService + 1
	for n := hash.Sum32(); ; n++ {
		id := firstService + n%count
		taken := func(u User) bool { return u.UID == id || u.GID == id }
		if !slices.ContainsFunc(t.users, taken) {
			return id
		}
	}
}

// isName reports whether useradd(8) would take a name.
func isName(name string) bool {
	const letters, more = "abcdefghijklmnopqrstuvwxyz_", "0123456789-"
	return name != "" && len(name) <= 32 && strings.Contains(letters, name[:1]) && strings.Trim(name, letters+more) == ""
}

// User finds a user by name or number. A number that nobody has is a user whose
// group has the same number and whose folder is /.
func (t *Table) User(nameOrNumber string) (User, error) {
	id, numeric := number(nameOrNumber)
	for _, u := range t.users {
		if u.Name == nameOrNumber || numeric && u.UID == id {
			return u, nil
		}
	}
	if !numeric {
		return User{}, errors.Errorf("there is no user %q: there are %s, and every number", nameOrNumber, t.userNames())
	}
	return User{UID: id, GID: id, Home: "/"}, nil
}

// Group finds a group's number by its name or number.
func (t *Table) Group(nameOrNumber string) (uint32, error) {
	if id, numeric := number(nameOrNumber); numeric {
		return id, nil
	}
	var names []string
	for _, g := range t.groups {
		if g.name == nameOrNumber {
			return g.gid, nil
		}
		names = append(names, g.name)
	}
	return 0, errors.Errorf("there is no group %q: there are %s, and every number", nameOrNumber, strings.Join(names, ", "))
}

// number reads a user's or group's number. The largest one means none (chown(2)).
func number(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil && n != 1<<32-1
}

// Users returns the users, root first.
func (t *Table) Users() []User { return slices.Clone(t.users) }

func (t *Table) userNames() string {
	var names []string
	for _, u := range t.users {
		names = append(names, u.Name)
	}
	return strings.Join(names, ", ")
}
