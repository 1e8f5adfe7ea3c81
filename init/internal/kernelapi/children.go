//go:build linux

package kernelapi

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// pidfds returns the PIDs for which a process has a pidfd. It reads the process's
// fdinfo folder: the file of a pidfd has a line "Pid:", which is -1 once the process
// was waited for (proc_pid_fdinfo(5)).
func pidfds(fdinfo string) map[int]bool {
	pids := map[int]bool{}
	for _, name := range entries(fdinfo) {
		info, _ := os.ReadFile(filepath.Join(fdinfo, name)) // the descriptor may be closed by now
		for line := range bytes.Lines(info) {
			if value, ok := bytes.CutPrefix(line, []byte("Pid:")); ok {
				if pid, err := strconv.Atoi(string(bytes.TrimSpace(value))); err == nil && pid > 0 {
					pids[pid] = true
				}
			}
		}
	}
	return pids
}

// zombies returns the children of a process that have ended but were not waited for.
// root is where /proc is mounted.
func zombies(root string, parent int) []int {
	var found []int
	for _, name := range entries(root) {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		stat, _ := os.ReadFile(filepath.Join(root, name, "stat")) // the process may be gone by now
		if state, of := stateOf(string(stat)); state == "Z" && of == parent {
			found = append(found, pid)
		}
	}
	return found
}

// stateOf reads the state and the parent from a process's stat file. They follow the
// process's name, which is in parentheses and may contain parentheses itself
// (proc_pid_stat(5)).
func stateOf(stat string) (state string, parent int) {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return "", 0
	}
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
}

// entries returns the names in a folder without looking at the files.
func entries(dir string) []string {
	file, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer file.Close()
	found, _ := file.Readdirnames(-1)
	return found
}
