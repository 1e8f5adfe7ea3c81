package accounts

import (
	"slices"
	"strings"
)

// Parse reads the files of a root that others made: passwd(5) and group(5). Lines that
// are none are passed over, as libc does it. root is there in any case.
func Parse(passwd, groupFile string) *Table {
	t := &Table{}
	for line := range strings.Lines(passwd) {
		// name, password, number, group, comment, home, shell
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) < 6 || f[0] == "" {
			continue
		}
		uid, isUser := number(f[2])
		gid, isGroup := number(f[3])
		if isUser && isGroup {
			t.users = append(t.users, User{f[0], uid, gid, f[5]})
		}
	}
	for line := range strings.Lines(groupFile) {
		// name, password, number, members
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) < 4 || f[0] == "" {
			continue
		}
		if gid, ok := number(f[2]); ok {
			t.groups = append(t.groups, group{f[0], gid, strings.Split(f[3], ",")})
		}
	}
	if !slices.ContainsFunc(t.users, func(u User) bool { return u.UID == 0 }) {
		t.users = append(t.users, User{"root", 0, 0, "/root"})
	}
	return t
}

// GroupsOf are the numbers of the groups that have a user among their members, sorted.
func (t *Table) GroupsOf(name string) []uint32 {
	var all []uint32
	for _, g := range t.groups {
		if name != "" && slices.Contains(g.members, name) {
			all = append(all, g.gid)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
