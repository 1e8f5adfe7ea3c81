package shell

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/sys/unix"
)

// df shows how full the file systems are, in MiB: all that have a size, or those
// of the given files.
func df(c call) error {
	type row struct{ source, kind, place string }
	var rows []row
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") {
			rows = append(rows, row{"-", "-", a})
		}
	}
	given := len(rows) > 0
	if !given {
		mounts, err := os.ReadFile("/proc/self/mounts") // proc_pid_mounts(5)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(mounts)) {
			if f := strings.Fields(line); len(f) >= 3 {
				rows = append(rows, row{f[0], f[2], unescape(f[1])})
			}
		}
	}
	var failed error
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SOURCE\tTYPE\tMIB\tUSED\tFREE\tUSE%\tMOUNTED ON")
	for _, r := range rows {
		var s unix.Statfs_t
		if err := unix.Statfs(c.path(r.place), &s); err != nil {
			if given {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", r.place, err))
			}
			continue
		}
		if s.Blocks == 0 && !given {
			continue // of the kernel's own, such as /proc
		}
		mib := func(blocks uint64) uint64 { return blocks * uint64(s.Frsize) >> 20 }
		used := s.Blocks - s.Bfree
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d%%\t%s\n", r.source, r.kind, mib(s.Blocks), mib(used), mib(s.Bavail),
			(used*100+max(used+s.Bavail, 1)-1)/max(used+s.Bavail, 1), r.place)
	}
	return errors.Join(table.Flush(), failed)
}

// unescape undoes what the kernel does to blanks in a path (proc_pid_mounts(5)).
func unescape(path string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}
