//go:build linux

package service

import (
	"strings"
	"testing"
)

// TestProgramOutOfMemory: the program plays the kernel that ends it.
func TestProgramOutOfMemory(t *testing.T) {
	const counted = "echo oom_kill 1 > $ROOT/proc/vmstat; "
	const plain = "killed by signal 9 (killed); starting"
	tests := []struct{ name, script, want string }{
		{"the machine's", counted + `echo "3,7,0,-;Out of memory: Killed process $$ (sh)" > $ROOT/dev/kmsg`,
			"out of memory: the kernel killed it when the machine had used up its 98 MiB: give the machine more (memory of the box, -m of QEMU); starting"},
		{"its own", counted + `echo "3,7,0,-;Memory cgroup out of memory: Killed process $$ (sh)" > $ROOT/dev/kmsg`,
			"out of memory: the kernel killed it when it had used up its 32 MiB: raise program.memory (memory of the template's supervise); starting"},
		{"another process", counted + `echo "3,7,0,-;Out of memory: Killed process 1$$ (sh)" > $ROOT/dev/kmsg`, plain},
		{"a message of long ago", `echo "3,7,0,-;Out of memory: Killed process $$ (sh)" > $ROOT/dev/kmsg`, plain},
		{"no messages", counted + "rm $ROOT/dev/kmsg", plain},
		{"no numbers", "rm $ROOT/proc/vmstat", plain},
		{"damaged messages", counted + "echo garbage > $ROOT/dev/kmsg", "finding out whether it was memory: a kernel message must begin with"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := supervised(t, test.script+"; kill -9 $$")
			f.Env, f.Memory = []string{"ROOT=" + f.Root}, 32
			f.WriteFile(t, "proc/vmstat", "oom_kill 0\n")
			f.WriteFile(t, "proc/meminfo", "MemTotal:         100680 kB\nMemAvailable:      50000 kB\n")
			f.WriteFile(t, "dev/kmsg", "")
			f.runs(stopAt(1))
			if text := f.Shown(); !strings.Contains(text, "machine: app: "+test.want) {
				t.Errorf("the console does not show %q but:\n%s", test.want, text)
			}
		})
	}
}
