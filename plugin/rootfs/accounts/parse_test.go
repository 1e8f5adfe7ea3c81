package accounts

import (
	"slices"
	"testing"
)

// TestParse: others' files, with lines that are none.
func TestParse(t *testing.T) {
	table := Parse("root:x:0:0:root:/root:/bin/sh\n\n# a comment\nweb:x:101:102:Web:/var/www:/bin/false\r\nshort:x:5\nodd:x:-1:0::/:\nmax:x:4294967295:0::/:\n:x:7:7::/:\n",
		"root:x:0:\nweb:x:102:\nvideo:x:44:root,web\naudio:x:29:web\nodd:x:x:web\nshort:x:3\n")
	web, err := table.User("web")
	if err != nil || web != (User{"web", 101, 102, "/var/www"}) {
		t.Errorf("web is %+v, %v", web, err)
	}
	if byNumber, err := table.User("101"); err != nil || byNumber != web {
		t.Errorf("101 is %+v, %v", byNumber, err)
	}
	for _, name := range []string{"short", "odd", "max", "# a comment"} {
		if u, err := table.User(name); err == nil {
			t.Errorf("%s is %+v", name, u)
		}
	}
	if got := table.GroupsOf("web"); !slices.Equal(got, []uint32{29, 44}) {
		t.Errorf("the groups of web are %v", got)
	}
	if got := table.GroupsOf(""); got != nil {
		t.Errorf("the groups of nobody are %v", got)
	}
	if gid, err := table.Group("audio"); err != nil || gid != 29 {
		t.Errorf("audio is %d, %v", gid, err)
	}
	if root, err := Parse("", "").User("root"); err != nil || root.UID != 0 || root.Home != "/root" {
		t.Errorf("of nothing: %+v, %v", root, err)
	}
}
