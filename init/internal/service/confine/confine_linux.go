// Package confine takes rights from a program before it starts. What the kernel
// takes from the calling process only (prctl(2), landlock(7)) cannot be taken
// between fork and exec in Go; so the executable is started once more under
// another name, takes the rights from itself and becomes the program.
package confine

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// Rights are those that a program does not get.
type Rights struct {
	// NoNewPrivileges keeps set-user-ID bits and file capabilities from giving
	// the program, and all that it starts, more rights (PR_SET_NO_NEW_PRIVS(2const)).
	NoNewPrivileges bool
	// ReadOnly lets the program write to no file but devices and what is at or
	// below Writable. It comes with NoNewPrivileges.
	ReadOnly bool
	// Writable are absolute paths.
	Writable []string
}

// None tells whether no right is taken.
func (r Rights) None() bool { return !r.NoNewPrivileges && !r.ReadOnly }

// name is the executable's name (argv[0]) when it is to become a program.
const name = "scratchmachine-confine"

// notRun is the exit status of a program that could not be run, as a shell has it.
const notRun = 126

// Command returns what to run in the place of a program, so that it does not
// have the rights.
func Command(r Rights, path string, argv []string) (string, []string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", nil, err
	}
	return "/proc/self/exe", append([]string{name, string(text), path}, argv...), nil
}

// It happens before all that the program's own packages do at their start, as
// they are to do it without the rights.
func init() {
	if os.Args[0] != name || len(os.Args) < 4 {
		return
	}
	err := become(os.Args[1], os.Args[2], os.Args[3:])
	fmt.Fprintln(os.Stderr, "machine: program:", err)
	os.Exit(notRun)
}

// become takes the rights from this process and makes it the program.
func become(rights, path string, argv []string) error {
	var r Rights
	if err := json.Unmarshal([]byte(rights), &r); err != nil {
		return errors.Wrap(err, "reading its rights")
	}
	if err := r.take(); err != nil {
		return err
	}
	return errors.Wrapf(syscall.Exec(path, argv, os.Environ()), "starting the program %s", path)
}

// take takes the rights from this process. A kernel without Landlock is
// reported and no error.
func (r Rights) take() error {
	// The thread that asks is the one that becomes the program.
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return errors.Wrap(err, "taking the right to new privileges")
	}
	if !r.ReadOnly {
		return nil
	}
	if _, err := landlocksys.LandlockGetABIVersion(); err != nil {
		fmt.Fprintln(os.Stderr, "machine: program: the kernel has no Landlock, so the program can write everywhere:", err)
		return nil
	}
	dirs, files := r.writable()
	// What an older kernel cannot restrict is not restricted.
	err := landlock.V5.BestEffort().RestrictPaths(
		landlock.RODirs("/"),
		landlock.RWDirs("/dev").WithIoctlDev(),
		landlock.RWDirs(dirs...).WithRefer(),
		landlock.RWFiles(files...),
	)
	return errors.Wrap(err, "taking the right to write")
}

// writable returns the folders and files that the program may write. One that is
// not there is reported, as nobody can make it.
func (r Rights) writable() (dirs, files []string) {
	for _, path := range r.Writable {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			fmt.Fprintln(os.Stderr, "machine: program: nothing to be writable:", err)
		case info.IsDir():
			dirs = append(dirs, path)
		default:
			files = append(files, path)
		}
	}
	return dirs, files
}
