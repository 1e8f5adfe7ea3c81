package accounts

import (
	"fmt"
	"strings"
)

// noShell is the shell of users who cannot log in; no machine has one.
const noShell = "/sbin/nologin"

// Passwd is /etc/passwd (passwd(5)). Nobody has a password.
func (t *Table) Passwd() []byte {
	var b strings.Builder
	for _, u := range t.users {
		fmt.Fprintf(&b, "%s:x:%d:%d:%s:%s:%s\n", u.Name, u.UID, u.GID, u.Name, u.Home, noShell)
	}
	return []byte(b.String())
}

// GroupFile is /etc/group (group(5)).
func (t *Table) GroupFile() []byte {
	var b strings.Builder
	for _, g := range t.groups {
		fmt.Fprintf(&b, "%s:x:%d:\n", g.name, g.gid)
	}
	return []byte(b.String())
}
