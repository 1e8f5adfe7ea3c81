package vm

import (
	"testing"
	"time"
)

func TestReadInitTime(t *testing.T) {
	const start = "[    0.949198] sched_process_exec: filename=/init pid=1 old_pid=1\n"
	const program = "[    1.877649] sched_process_exec: filename=/proc/self/exe pid=85 old_pid=85\n"
	const end = "[    1.886071] inet_sock_set_state: family=AF_INET protocol=IPPROTO_MPTCP sport=0 dport=0 oldstate=TCP_CLOSE newstate=TCP_CLOSE\n" +
		"[    1.887743] inet_sock_set_state: family=AF_INET6 protocol=IPPROTO_TCP sport=80 dport=0 oldstate=TCP_CLOSE newstate=TCP_LISTEN\n"
	const line = "machine: boot: kernel 0.95s, init 0.93s (modules 420ms, network 1ms, link 499ms, address 500ms), listening at 1.89s\n"
	const ms = time.Millisecond
	tests := []struct {
		console string
		want    InitTime
	}{
		{start + program + end + line, InitTime{938545 * time.Microsecond, 420 * ms, 499 * ms}},
		{start + end + "machine: boot: kernel 2.44s, init 0.00s, listening at 2.45s\n", InitTime{Listening: 938545 * time.Microsecond}},
	}
	for _, test := range tests {
		if got, err := ReadInitTime(test.console); err != nil || got != test.want {
			t.Errorf("%+v, %v, want %+v", got, err, test.want)
		}
	}
	for _, console := range []string{"", start, end} {
		if _, err := ReadInitTime(console); err == nil {
			t.Errorf("%q is enough", console)
		}
	}
}
