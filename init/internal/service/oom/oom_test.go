package oom

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pkg/errors"
)

func TestCount(t *testing.T) {
	for vmstat, want := range map[string]int{
		"nr_free_pages 1\noom_kill 3\nnuma 0\n": 3, "oom_kill 0": 0,
		"": Unknown, "nr_free_pages 1\n": Unknown, "oom_kill x\n": Unknown, "oom_kill -4\n": Unknown, "not_oom_kill 3\n": Unknown,
	} {
		if got := Count(vmstat); got != want {
			t.Errorf("%q: %d, want %d", vmstat, got, want)
		}
	}
}

// messages gives one message a read, "EPIPE" and "broken" as errors, and then
// waits until the deadline.
type messages struct {
	texts    []string
	deadline time.Time
}

func (m *messages) SetReadDeadline(deadline time.Time) error { m.deadline = deadline; return nil }

func (m *messages) Read(b []byte) (int, error) {
	if len(m.texts) == 0 {
		time.Sleep(time.Until(m.deadline))
		return 0, os.ErrDeadlineExceeded
	}
	next := m.texts[0]
	m.texts = m.texts[1:]
	switch next {
	case "EPIPE":
		return 0, &os.PathError{Op: "read", Path: "/dev/kmsg", Err: syscall.EPIPE}
	case "broken":
		return 0, io.ErrUnexpectedEOF
	}
	return copy(b, next), nil
}

func TestFind(t *testing.T) {
	const (
		whole = "3,700,9000000,-;Out of memory: Killed process 93 (app) total-vm:1308672kB, anon-rss:65128kB, file-rss:128kB, shmem-rss:0kB, UID:1000 pgtables:200kB oom_score_adj:500\n"
		group = "3,701,9000000,-;Memory cgroup out of memory: Killed process 93 (app) total-vm:1308672kB, anon-rss:31128kB\n"
	)
	tests := []struct {
		name  string
		texts []string
		want  Cause
	}{
		{"nothing", nil, Other},
		{"the machine's", []string{"6,1,0,-;Linux version\n", whole}, Machine},
		{"the group's", []string{group}, Group},
		{"some are overwritten", []string{"EPIPE", group}, Group},
		{"another process", []string{strings.Replace(whole, "93", "930", 1), strings.Replace(whole, "93", "9", 1)}, Other},
		{"an old kernel's", []string{"3,1,0,-;Out of memory: Kill process 93 (app) score 900 or sacrifice child\n"}, Machine},
		{"an old kernel's group", []string{"3,1,0,-;Memory cgroup out of memory: Kill process 93 (app) score 900 or sacrifice child\n"}, Group},
		{"the task that wanted memory", []string{"3,1,0,-;Out of memory (oom_kill_allocating_task): Killed process 93 (app) total-vm\n"}, Machine},
		{"what a program has written", []string{"11,1,0,-;Out of memory: Killed process 93 (app) total-vm\n"}, Other},
		{"no number", []string{"3,1,0,-;Out of memory: Killed process x (app)\n", "3,2,0,-;Out of memory: Killed process \n"}, Other},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := Find(&messages{texts: test.texts}, 93, time.Millisecond); got != test.want || err != nil {
				t.Errorf("%v, %v, want %v", got, err, test.want)
			}
		})
	}
	if got, err := Find(&messages{texts: []string{"broken"}}, 93, time.Hour); got != Other || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := Find(&messages{texts: []string{"garbage"}}, 93, time.Hour); got != Other || err == nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestFindLater: the message comes when it is waited for already.
func TestFindLater(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	time.AfterFunc(20*time.Millisecond, func() { _, _ = w.WriteString("3,1,0,-;Out of memory: Killed process 93 (app)\n") })
	if got, err := Find(r, 93, time.Minute); got != Machine || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := Find(r, 93, time.Millisecond); got != Other || err != nil {
		t.Errorf("without a message: %v, %v", got, err)
	}
}
