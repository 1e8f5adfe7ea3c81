package container

import (
	"slices"
	"strconv"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/pkg/errors"
)

// Ports are the TCP ports that an image exposes, sorted, and all else that it exposes,
// as it is written there. It fails for what is no port.
func Ports(c v1.Config) (tcp []int, others []string, err error) {
	for text := range c.ExposedPorts {
		number, protocol, _ := strings.Cut(text, "/")
		port, err := strconv.ParseUint(number, 10, 16)
		switch {
		case err != nil || port == 0:
			return nil, nil, errors.Errorf("the exposed port %q is none: it must be a number from 1 to 65535, and /tcp or /udp", text)
		case protocol == "tcp" || protocol == "":
			tcp = append(tcp, int(port))
		default:
			others = append(others, text)
		}
	}
	slices.Sort(tcp)
	slices.Sort(others)
	return slices.Compact(tcp), others, nil
}

// Volumes are the folders whose content is to outlive a container, sorted.
func Volumes(c v1.Config) []string {
	var all []string
	for folder := range c.Volumes {
		all = append(all, Dir(v1.Config{WorkingDir: folder}))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// signals are those of signal(7) by their numbers on the architectures that there are
// (include/uapi/asm-generic/signal.h).
var signals = []string{1: "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
	"STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"}

// The real-time signals as libc numbers them: it keeps two for itself (signal(7)).
const firstRealTime, lastRealTime = 34, 64

// StopSignal is the number of the signal that asks the image's program to end, 0 if
// the image does not say: SIGQUIT, QUIT, 3 and SIGRTMIN+3 are read.
func StopSignal(c v1.Config) (int, error) {
	if c.StopSignal == "" {
		return 0, nil
	}
	name := strings.TrimPrefix(strings.ToUpper(c.StopSignal), "SIG")
	if number := slices.Index(signals, name); number > 0 {
		return number, nil
	}
	text, base := name, 0
	if rest, ok := strings.CutPrefix(name, "RTMIN"); ok {
		text, base = strings.TrimPrefix(rest+"+0", "+"), firstRealTime
		text, _, _ = strings.Cut(text, "+")
	} else if rest, ok := strings.CutPrefix(name, "RTMAX-"); ok {
		text, base = "-"+rest, lastRealTime
	} else if name == "RTMAX" {
		text, base = "0", lastRealTime
	}
	number, err := strconv.Atoi(text)
	number += base
	if err != nil || number < 1 || number > lastRealTime || base > 0 && number < firstRealTime {
		return 0, errors.Errorf("the stop signal %q is none of signal(7)", c.StopSignal)
	}
	return number, nil
}
