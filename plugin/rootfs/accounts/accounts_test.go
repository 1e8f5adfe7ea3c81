package accounts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

func TestFiles(t *testing.T) {
	table := New(0, 0)
	if err := table.AddServices("web", "db", "app", "web"); err != nil {
		t.Fatal(err)
	}
	const passwd = `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
app:x:1000:1000:app:/home/app:/sbin/nologin
db:x:13683:13683:db:/var/lib/db:/sbin/nologin
web:x:37825:37825:web:/var/lib/web:/sbin/nologin
`
	if got := string(table.Passwd()); got != passwd {
		t.Errorf("got\n%s", got)
	}
	const group = "root:x:0:\ntty:x:5:\nnobody:x:65534:\nnogroup:x:65534:\napp:x:1000:\ndb:x:13683:\nweb:x:37825:\n"
	if got := string(table.GroupFile()); got != group {
		t.Errorf("got\n%s", got)
	}
}

// TestPwckReadsThem: those who check such files for a living find no fault.
func TestPwckReadsThem(t *testing.T) {
	table, dir := New(1234, 100), t.TempDir()
	if err := table.AddServices("web"); err != nil {
		t.Fatal(err)
	}
	passwd, group := filepath.Join(dir, "passwd"), filepath.Join(dir, "group")
	for path, content := range map[string][]byte{passwd: table.Passwd(), group: table.GroupFile()} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(tooltest.Need(t, "grpck"), "-r", group).CombinedOutput()
	if err != nil {
		t.Errorf("grpck: %v\n%s", err, out)
	}
	out, _ = exec.Command(tooltest.Need(t, "pwck"), "-r", passwd).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		// It looks for groups, folders and shells on this host.
		if !strings.Contains(line, "does not exist") && !strings.Contains(line, "no group") && !strings.Contains(line, "no changes") {
			t.Errorf("pwck: %s", line)
		}
	}
}

func TestNewNumbers(t *testing.T) {
	for _, test := range []struct{ uid, gid, wantUID, wantGID uint32 }{
		{0, 0, 1000, 1000}, {0, 7, 1000, 1000}, {1234, 100, 1234, 100}, {1234, 0, 1234, 0}, {65534, 65534, 1000, 1000},
	} {
		u, err := New(test.uid, test.gid).User(ProgramUser)
		if err != nil || u.UID != test.wantUID || u.GID != test.wantGID {
			t.Errorf("%d, %d: got %v, %v", test.uid, test.gid, u, err)
		}
	}
}

func TestUser(t *testing.T) {
	table := New(0, 0)
	for _, test := range []struct {
		name string
		want User
		err  string
	}{
		{name: "root", want: User{"root", 0, 0, "/root"}},
		{name: "1000", want: User{"app", 1000, 1000, "/home/app"}},
		{name: "1001", want: User{"", 1001, 1001, "/"}},
		{name: "www", err: `there is no user "www": there are root, nobody, app, and every number`},
		{name: "", err: `there is no user ""`},
		{name: "-1", err: `there is no user "-1"`},
		{name: "4294967295", err: `there is no user "4294967295"`},
	} {
		got, err := table.User(test.name)
		if err == nil && test.err != "" || err != nil && (test.err == "" || !strings.Contains(err.Error(), test.err)) || got != test.want {
			t.Errorf("%s: got %v, %v", test.name, got, err)
		}
	}
}

func TestGroup(t *testing.T) {
	table := New(0, 0)
	for name, want := range map[string]uint32{"tty": 5, "nogroup": 65534, "7": 7, "app": 1000} {
		if got, err := table.Group(name); err != nil || got != want {
			t.Errorf("%s: got %d, %v", name, got, err)
		}
	}
	if _, err := table.Group("wheel"); err == nil || !strings.Contains(err.Error(), `there is no group "wheel": there are root, tty, nobody, nogroup, app, and`) {
		t.Errorf("got %v", err)
	}
}

// TestServicesKeepTheirNumbers: whoever else there is.
func TestServicesKeepTheirNumbers(t *testing.T) {
	alone, among := New(0, 0), New(0, 0)
	if err := alone.AddServices("web"); err != nil {
		t.Fatal(err)
	}
	if err := among.AddServices("a", "web", "z"); err != nil {
		t.Fatal(err)
	}
	first, _ := alone.User("web")
	if second, err := among.User("web"); err != nil || first != second {
		t.Errorf("got %v, then %v, %v", first, second, err)
	}
	taken := New(first.UID, 0)
	if err := taken.AddServices("web"); err != nil {
		t.Fatal(err)
	}
	if u, err := taken.User("web"); err != nil || u.UID != first.UID+1 {
		t.Errorf("where its number is taken it has %v, %v", u, err)
	}
}

func TestNotNames(t *testing.T) {
	for _, name := range []string{"", "Web", "1st", "-x", "a:b", "a b", "ö", strings.Repeat("a", 33)} {
		if err := New(0, 0).AddServices(name); err == nil || !strings.Contains(err.Error(), "cannot be a user's name") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
