package shell

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// named returns the processes whose program has one of the names. The kernel keeps
// 15 bytes of a name (proc_pid_comm(5)), so the program's path counts as well.
func named(names []string) []process {
	is := func(p process) bool {
		program, _, _ := strings.Cut(p.command, " ")
		return slices.Contains(names, p.name) || slices.Contains(names, filepath.Base(program)) || slices.Contains(names, program)
	}
	return slices.DeleteFunc(processes("/proc"), func(p process) bool { return !is(p) })
}

// pidof shows the processes of programs by number, the youngest first, as
// pidof(8) does.
func pidof(c call) error {
	var found []string
	for _, p := range named(c.args) {
		found = append([]string{strconv.Itoa(p.pid)}, found...)
	}
	if len(found) == 0 {
		return exit(1)
	}
	_, err := fmt.Fprintln(c.stdout, strings.Join(found, " "))
	return err
}

// killall sends a signal, which is given as to kill, to all processes of programs
// but PID 1 and, while it runs, itself.
func killall(c call) error {
	signal, names, err := signalOf(c.args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errors.New("say whom: the names of programs")
	}
	for _, name := range names {
		found := false
		for _, p := range named([]string{name}) {
			if p.pid == 1 || p.pid == os.Getpid() {
				continue
			}
			found = true
			if err := unix.Kill(p.pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if !found {
			return fmt.Errorf("no process is called %s", name)
		}
	}
	return nil
}
