package machine

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

func TestTimeline(t *testing.T) {
	now := 2 * time.Second
	line := newTimeline(func() time.Duration { return now })
	for _, s := range []struct {
		name string
		took time.Duration
	}{{"modules", 12 * time.Millisecond}, {"files", 100 * time.Microsecond}, {"network", 4 * time.Millisecond}} {
		stop := line.stage(s.name)
		now += s.took
		stop()
	}
	line.broughtUp()
	now += 80 * time.Millisecond
	if want := "kernel 2.00s, init 0.02s (modules 12ms, network 4ms), not listening at 2.10s"; line.String() != want {
		t.Errorf("%s, want %s", line, want)
	}
	line.accepts()
	now += time.Hour
	line.accepts() // a restarted program: does not count
	if want := "kernel 2.00s, init 0.02s (modules 12ms, network 4ms), listening at 2.10s"; line.String() != want {
		t.Errorf("%s, want %s", line, want)
	}
	got, err := json.Marshal(line)
	want := `{"kernel":2000,"up":2016.1,"stages":[{"name":"modules","start":2000,"ms":12},` +
		`{"name":"files","start":2012,"ms":0.1},{"name":"network","start":2012.1,"ms":4}],"listening":2096.1}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// TestAwait: the boot is over when the program serves, and also if it never does.
func TestAwait(t *testing.T) {
	for _, test := range []struct {
		name, want string
		serves     bool
	}{
		{"port", "kernel 0.00s, init 0.00s, listening at 0.02s", true},
		{"none", "kernel 0.00s, init 0.00s, not listening at 30.", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := kernelfake.New(t)
			looks := 0
			k.After = func(d time.Duration) <-chan time.Time {
				k.Pass(d)
				return time.After(0)
			}
			line := newTimeline(k.Uptime)
			line.await(k.Kernel, func() bool { looks++; return looks == 5 && test.serves })
			if !strings.HasPrefix(line.String(), test.want) {
				t.Errorf("%s, want %s", line, test.want)
			}
		})
	}
}
