//go:build linux

package service

import "testing"

func TestFindUser(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/sbin/nologin\n# a comment\nshort:x:7\napp:x:1000:1000::/home/app:/sbin/nologin"
	for uid, want := range map[uint32]string{0: "root /root", 1000: "app /home/app", 7: " ", 8: " "} {
		name, home, ok := findUser(passwd, uid)
		if name+" "+home != want || ok != (want != " ") {
			t.Errorf("%d: got %q, %q, %v", uid, name, home, ok)
		}
	}
}
