//go:build linux

package service

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/pkg/errors"
)

// process is a program while it runs.
type process struct {
	pid    int
	status <-chan syscall.WaitStatus
	// output is closed when the program and its children have closed theirs.
	output <-chan struct{}
}

// start starts the program with its output going to the journal.
func (s *Service) start() (process, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return process{}, errors.Wrap(err, "starting "+s.title())
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return process{}, errors.Wrap(err, "starting "+s.title())
	}
	defer w.Close()
	// A program that opens /dev/stdout opens the pipe anew, as its user.
	_ = w.Chown(int(s.UID), int(s.GID))
	pid, status, err := s.fork([]uintptr{null.Fd(), w.Fd(), w.Fd()})
	if err != nil {
		_ = r.Close()
		return process{}, errors.Wrapf(err, "starting %s %s", s.title(), s.executable())
	}
	s.offerToOOM(pid)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.Close()
		s.set.journal.Copy(s.Name, s.watchDenials(r))
	}()
	return process{pid, status, done}, nil
}

// environment is the program's: what every program expects, the machine's entries,
// and its own.
func (s *Service) environment() []string {
	env := append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux"}, s.userEnv()...)
	env = append(env, s.set.around.Env...)
	if s.Check == checkNotify { // sd_notify(3), sd_watchdog_enabled(3)
		env = append(env, "NOTIFY_SOCKET="+s.set.kernel.Path(s.notifySocket()),
			fmt.Sprintf("WATCHDOG_USEC=%d", s.checkTimeout().Microseconds()))
	}
	if hint := s.memoryHint(); hint != "" {
		env = append(env, hint)
	}
	return lastWins(append(env, s.Env...))
}

// lastWins leaves one entry for each name, as programs differ in which one of several
// they take: C's getenv(3) the first, a shell the last.
func lastWins(env []string) []string {
	at := map[string]int{}
	var all []string
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		if i, again := at[name]; again {
			all[i] = entry
			continue
		}
		at[name] = len(all)
		all = append(all, entry)
	}
	return all
}
