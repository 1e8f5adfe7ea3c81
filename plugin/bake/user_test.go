package bake

import (
	"strings"
	"testing"
)

func TestUser(t *testing.T) {
	for _, test := range []struct {
		user     string
		uid, gid uint32
		wrong    string
	}{
		{"", 1000, 1000, ""},
		{"app", 1000, 1000, ""},
		{"root", 0, 0, ""},
		{"0", 0, 0, ""},
		{"nobody", 65534, 65534, ""},
		{"1234", 1234, 1234, ""},
		{"1234:100", 1234, 100, ""},
		{"app:tty", 1000, 5, ""},
		{"www", 0, 0, `user: there is no user "www": there are root, nobody, app, and every number`},
		{"app:wheel", 0, 0, `user: there is no group "wheel"`},
		{":5", 0, 0, `user: there is no user ""`},
	} {
		c, err := decode(t, map[string]any{"user": test.user})
		if test.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("%q: got %v", test.user, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		users, user, _ := c.accounts()
		if p := c.guest().Program; p.UID != test.uid || p.GID != test.gid || user.UID != test.uid {
			t.Errorf("%q: it runs as %d:%d", test.user, p.UID, p.GID)
		}
		if test.uid != 0 && !strings.Contains(string(users.Passwd()), "\napp:x:") {
			t.Errorf("%q: the users are\n%s", test.user, users.Passwd())
		}
	}
}
