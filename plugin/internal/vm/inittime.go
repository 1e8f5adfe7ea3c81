package vm

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// InitTrace, on the kernel's command line, has the kernel say on the console when it
// starts a program and when a socket listens (Documentation/admin-guide/
// kernel-parameters.txt), and nothing else that it would not say anyway.
const InitTrace = "loglevel=5 tp_printk trace_event=sched:sched_process_exec,sock:inet_sock_set_state"

// InitTime is, of one boot, from the init's start to its listening on port 80, and
// how much of that was the loading of modules and the wait for the link. Where QEMU
// counts a nanosecond for an instruction (-icount shift=0), these are instructions.
type InitTime struct{ Listening, Modules, Link time.Duration }

// Rest is what neither modules nor link account for.
func (t InitTime) Rest() time.Duration { return t.Listening - t.Modules - t.Link }

// ReadInitTime reads a boot's times off its console.
func ReadInitTime(console string) (InitTime, error) {
	start, err := stamp(`sched_process_exec: filename=/init `, console)
	if err != nil {
		return InitTime{}, err
	}
	end, err := stamp(`inet_sock_set_state: .*sport=80 .*newstate=TCP_LISTEN`, console)
	if err != nil {
		return InitTime{}, err
	}
	t := InitTime{Listening: end - start}
	_, line, _ := strings.Cut(console, "machine: boot: ")
	for _, stage := range regexp.MustCompile(`[( ](modules|link) ([0-9]+)ms`).FindAllStringSubmatch(line, -1) {
		n, _ := strconv.Atoi(stage[2])
		took := time.Duration(n) * time.Millisecond
		if stage[1] == "modules" {
			t.Modules = took
		} else {
			t.Link += took
		}
	}
	return t, nil
}

// stamp is when the kernel said something, by its own clock.
func stamp(said, console string) (time.Duration, error) {
	found := regexp.MustCompile(`\[ *([0-9.]+)\].* ` + said).FindStringSubmatch(console)
	if found == nil {
		return 0, errors.Errorf("nothing matches %s on the console:\n%s", said, console)
	}
	return time.ParseDuration(found[1] + "s")
}
