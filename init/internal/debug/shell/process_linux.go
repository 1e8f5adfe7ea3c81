package shell

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// process is one of proc(5).
type process struct {
	pid, parent int
	session     int // what a service starts is in the session of its process
	state, name string
	cpu         time.Duration
	memory      int64 // resident, in bytes
	command     string
}

// ticks are the kernel's units of a process's time in a second, USER_HZ on all
// architectures that we know.
const ticks = 100

// processes lists them by id; those of the kernel have no memory.
func processes(proc string) []process {
	var all []process
	entries, _ := os.ReadDir(proc)
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join(proc, entry.Name(), "stat"))
		if err != nil {
			continue // it has ended
		}
		p, ok := parseStat(string(stat))
		if !ok {
			continue
		}
		p.pid = pid
		line, _ := os.ReadFile(filepath.Join(proc, entry.Name(), "cmdline"))
		p.command = string(bytes.TrimSpace(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		if p.command == "" {
			p.command = "[" + p.name + "]"
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b process) int { return cmp.Compare(a.pid, b.pid) })
	return all
}

// parseStat reads a line of proc_pid_stat(5): the name, in parentheses, can
// hold anything.
func parseStat(line string) (process, bool) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return process{}, false
	}
	f := strings.Fields(line[end+1:]) // from field 3 on
	if len(f) < 22 {
		return process{}, false
	}
	number := func(field int) int64 {
		n, _ := strconv.ParseInt(f[field-3], 10, 64)
		return n
	}
	return process{
		name: line[open+1 : end], state: f[0], parent: int(number(4)), session: int(number(6)),
		cpu:    time.Duration(number(14)+number(15)) * time.Second / ticks,
		memory: number(24) * int64(os.Getpagesize()),
	}, true
}

// ps shows all processes, or of one what -o comm= asks for.
func ps(c call) error {
	if i := slices.Index(c.args, "comm="); i >= 0 {
		return psName(c)
	}
	return list(c, processes("/proc"))
}

func psName(c call) error {
	found := false
	for _, p := range processes("/proc") {
		if slices.Contains(c.args, strconv.Itoa(p.pid)) {
			fmt.Fprintln(c.stdout, p.name)
			found = true
		}
	}
	if !found {
		return exit(1)
	}
	return nil
}

func list(c call, all []process) error {
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PID\tPARENT\tSTATE\tCPU\tMEMORY\tSERVICE\tCOMMAND")
	sessions := sessionsOf(c)
	for _, p := range all {
		fmt.Fprintf(table, "%d\t%d\t%s\t%.2fs\t%.1f MB\t%s\t%s\n", p.pid, p.parent, p.state, p.cpu.Seconds(), float64(p.memory)/1e6,
			cmp.Or(sessions[p.session], "-"), p.command)
	}
	return table.Flush()
}

// top shows the load, the memory, and the processes by the time they took, once.
func top(c call) error {
	if err := uptime(c); err != nil {
		return err
	}
	if err := free(c); err != nil {
		return err
	}
	all := processes("/proc")
	slices.SortStableFunc(all, func(a, b process) int { return cmp.Compare(b.cpu, a.cpu) })
	return list(c, all[:min(len(all), 20)])
}

// kill sends SIGTERM, or the signal of -9, -KILL or -SIGKILL.
func kill(c call) error {
	signal, args, err := signalOf(c.args)
	if err != nil {
		return err
	}
	for _, a := range args {
		pid, err := strconv.Atoi(a)
		if err != nil {
			return fmt.Errorf("%q is not the number of a process", a)
		}
		if err := unix.Kill(pid, signal); err != nil {
			return fmt.Errorf("%d: %w", pid, err)
		}
	}
	return nil
}

// signalOf takes the signal, if one is given, from the arguments.
func signalOf(args []string) (signal unix.Signal, rest []string, err error) {
	if len(args) == 0 || !strings.HasPrefix(args[0], "-") {
		return unix.SIGTERM, args, nil
	}
	name := strings.ToUpper(args[0][1:])
	if n, err := strconv.Atoi(name); err == nil {
		return unix.Signal(n), args[1:], nil
	}
	if signal = unix.SignalNum("SIG" + strings.TrimPrefix(name, "SIG")); signal == 0 {
		return 0, nil, fmt.Errorf("there is no signal %s", name)
	}
	return signal, args[1:], nil
}
