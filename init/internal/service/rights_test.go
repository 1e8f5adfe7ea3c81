//go:build linux

package service

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// forked is what the kernel is asked to start for the program.
func (f machine) forked(t *testing.T) (path string, argv []string, attr *syscall.ProcAttr) {
	t.Helper()
	f.Fork = func(p string, a []string, at *syscall.ProcAttr) (int, error) {
		path, argv, attr = p, a, at
		return 0, unix.EAGAIN
	}
	f.Service.Path = "/app"
	if _, err := f.start(); err == nil || !strings.Contains(err.Error(), "starting the program /app: resource temporarily unavailable") {
		t.Errorf("%v", err)
	}
	return path, argv, attr
}

func TestRights(t *testing.T) {
	f := newMachine(t, config.Program{})
	path, argv, attr := f.forked(t)
	if path != "/app" || len(argv) != 1 || attr.Sys.Credential != nil || attr.Sys.AmbientCaps != nil || attr.Sys.UseCgroupFD {
		t.Errorf("by default: %s %v %+v", path, argv, attr.Sys)
	}
	// The kernel has no memory controller here, which is no reason not to start.
	f.UID, f.GID, f.Memory = 65534, 100, 64
	f.ReadOnly, f.Writable = true, []string{"/data"}
	path, argv, attr = f.forked(t)
	if c := attr.Sys.Credential; c == nil || c.Uid != 65534 || c.Gid != 100 || len(c.Groups) != 0 {
		t.Errorf("user %+v", c)
	}
	if !slices.Equal(attr.Sys.AmbientCaps, []uintptr{unix.CAP_NET_BIND_SERVICE}) {
		t.Errorf("capabilities %v", attr.Sys.AmbientCaps)
	}
	if path != "/proc/self/exe" || !slices.Equal(argv[2:], []string{"/app", "/app"}) || !strings.Contains(argv[1], `"Writable":["/data"]`) {
		t.Errorf("%s %q", path, argv)
	}
	f.WantShown(t, "machine: app: limiting memory (has the kernel MEMCG?)")
}

// TestStart: the folder, the other groups and the environment that the configuration
// names.
func TestStart(t *testing.T) {
	f := newMachine(t, config.Program{Dir: "/srv/www", Groups: []uint32{4, 24}, Env: []string{"A=1", "PATH=/opt/bin", "HOSTNAME=db", "A=2"}})
	_, _, attr := f.forked(t)
	if want := f.Path("srv/www"); attr.Dir != want {
		t.Errorf("it starts in %s, want %s", attr.Dir, want)
	}
	if c := attr.Sys.Credential; c == nil || c.Uid != 0 || !slices.Equal(c.Groups, []uint32{4, 24}) {
		t.Errorf("its user is %+v", c)
	}
	want := []string{"PATH=/opt/bin", "TERM=linux", "HOME=/", "HOSTNAME=db", "A=2"}
	if !slices.Equal(attr.Env, want) {
		t.Errorf("its environment is %q, want %q", attr.Env, want)
	}
}

func TestMemoryHint(t *testing.T) {
	tests := []struct {
		name, info string
		limit      int
		env, want  string
	}{
		{"unknown", "", 0, "", ""},
		{"what is there", "MemTotal: 9 kB\nMemAvailable:     100000 kB\n", 0, "", "GOMEMLIMIT=92160000"},
		{"the limit is less", "MemAvailable: 100000 kB\n", 10, "", "GOMEMLIMIT=9437184"},
		{"the limit is more", "MemAvailable: 10 kB\n", 10, "", "GOMEMLIMIT=9216"},
		{"only the limit", "", 10, "", "GOMEMLIMIT=9437184"},
		{"the program's own", "MemAvailable: 10 kB\n", 0, "GOMEMLIMIT=1GiB", ""},
		{"nonsense", "MemAvailable: many kB\n", 0, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newMachine(t, config.Program{})
			f.Memory = test.limit
			if test.env != "" {
				f.Env = []string{test.env}
			}
			if test.info != "" {
				f.WriteFile(t, "proc/meminfo", test.info)
			}
			if got := f.memoryHint(); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestSharedMemory: services without a limit share what those with one leave.
func TestSharedMemory(t *testing.T) {
	const mib = 1 << 20
	unit := func(name, kind string, memory int) Unit {
		return Unit{Name: name, Service: config.Service{Kind: kind, Program: config.Program{Memory: memory}}}
	}
	for _, test := range []struct {
		name              string
		available, atOnce int64 // MiB: at the start of the first, and now
		others            []Unit
		main, last        int64 // MiB
	}{
		{"alone", 100, 100, nil, 100, 100},
		{"after files were written", 100, 60, nil, 60, 60},
		{"two", 100, 100, []Unit{unit("b", config.KindSimple, 0)}, 50, 50},
		{"one with a limit", 100, 100, []Unit{unit("b", "", 20)}, 80, 20},
		{"a limit in use", 100, 85, []Unit{unit("b", "", 20)}, 80, 20},
		{"a task beside it", 100, 100, []Unit{unit("b", config.KindOneshot, 0)}, 100, 50},
		{"promises", 100, 100, []Unit{unit("b", "", 90)}, 25, 90},
	} {
		f := newMachine(t, config.Program{})
		f.set.available = test.available * mib
		f.WriteFile(t, "proc/meminfo", fmt.Sprintf("MemAvailable: %d kB\n", test.atOnce<<10))
		for _, other := range test.others {
			if _, err := f.set.Add(other); err != nil {
				t.Fatal(err)
			}
		}
		last := f.set.members[len(f.set.members)-1]
		for s, want := range map[*Service]int64{f.Service: test.main, last: test.last} {
			if got, want := s.memoryHint(), fmt.Sprintf("GOMEMLIMIT=%d", want*mib/10*9); got != want {
				t.Errorf("%s: %s gets %s, want %s", test.name, s.Name, got, want)
			}
		}
	}
}
