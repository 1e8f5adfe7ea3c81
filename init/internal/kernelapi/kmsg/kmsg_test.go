package kmsg

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		record string
		want   Record
	}{
		{"6,339,5140900,-;NET: Registered PF_INET protocol family\n",
			Record{0, 6, 339, 5140900 * time.Microsecond, "NET: Registered PF_INET protocol family"}},
		{"3,1,2,-,caller=T1;e1000 0000:00:03.0: no\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:03.0\n",
			Record{0, 3, 1, 2 * time.Microsecond, "e1000 0000:00:03.0: no"}},
		{"12,0,0,c;from a program; it says\n", Record{1, warning, 0, 0, "from a program; it says"}},
	}
	for _, test := range tests {
		got, err := Parse([]byte(test.record))
		if err != nil || got != test.want {
			t.Errorf("%q: %+v, %v", test.record, got, err)
		}
	}
	for _, bad := range []string{"", "text", "6,1,2;x", "x,1,2,-;x", "6,x,2,-;x", "6,1,x,-;x", "6,1,-2,-;x", "6,1,9223372036854775807,-;x", "99999,1,2,-;x"} {
		if got, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%q is taken for %+v", bad, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("6,339,5140900,-;NET: Registered\n SUBSYSTEM=x\n"))
	f.Add([]byte(",,,;"))
	f.Fuzz(func(t *testing.T, record []byte) {
		r, err := Parse(record)
		if err != nil {
			return
		}
		again, err := Parse(fmt.Appendf(nil, "%d,%d,%d,-;%s\n", r.Facility<<3|r.Severity, r.Sequence, r.Since.Microseconds(), r.Text))
		if err != nil || again != r {
			t.Errorf("%+v becomes %+v, %v", r, again, err)
		}
		if r.Severity < 0 || r.Severity > 7 || strings.Contains(r.Text, "\n") {
			t.Errorf("%+v", r)
		}
	})
}

// device plays /dev/kmsg: each read returns a record, or an error for "EPIPE".
type device []string

func (d *device) Read(b []byte) (int, error) {
	if len(*d) == 0 {
		return 0, io.EOF
	}
	record := (*d)[0]
	*d = (*d)[1:]
	if record == "EPIPE" {
		return 0, &os.PathError{Op: "read", Path: "/dev/kmsg", Err: syscall.EPIPE}
	}
	return copy(b, record), nil
}

func TestFollow(t *testing.T) {
	d := &device{"6,5,0,-;first\n", "6,6,0,-;second\n", "EPIPE", "6,9,0,-;after two were overwritten\n"}
	var got []string
	err := Follow(d, &Limit{Burst: 10}, func() time.Duration { return 0 }, func(r Record) { got = append(got, r.Text) })
	want := []string{"first", "second", "2 messages are left out here", "after two were overwritten"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err == nil || !strings.Contains(err.Error(), "reading the kernel's messages: EOF") {
		t.Errorf("ended with %v", err)
	}
}

// TestFollowCircle: the limit stops messages that cause further messages.
func TestFollowCircle(t *testing.T) {
	var d device
	passed := 0
	message := func() { d = append(d, fmt.Sprintf("4,%d,0,-;a packet was sent\n", passed)) }
	message()
	clock := time.Duration(0)
	_ = Follow(&d, &Limit{Burst: 100, PerSecond: 10}, func() time.Duration {
		clock += time.Millisecond
		return clock
	}, func(Record) {
		if passed++; passed < 10_000 {
			message()
		}
	})
	if passed < 100 || passed > 110 {
		t.Errorf("%d messages went round", passed)
	}
}

func TestLimit(t *testing.T) {
	l := &Limit{Burst: 2, PerSecond: 1}
	for i, step := range []struct {
		at   time.Duration
		pass bool
		held int
	}{
		{time.Hour, true, 0}, {time.Hour, true, 0}, {time.Hour, false, 0}, {time.Hour + 500*time.Millisecond, false, 0},
		{time.Hour + time.Second, true, 2}, {time.Hour + time.Second, false, 0},
		{2 * time.Hour, true, 1}, {2 * time.Hour, true, 0}, {2 * time.Hour, false, 0},
	} {
		if pass, held := l.Take(step.at); pass != step.pass || held != step.held {
			t.Errorf("step %d: %v, %d, want %v, %d", i, pass, held, step.pass, step.held)
		}
	}
}
