package local

import (
	"strings"
	"testing"
)

func TestConsole(t *testing.T) {
	for text, want := range map[string]int{
		"hello\r\n": 0,
		"machine: app: exit status 3\r\nmachine: app failed 1 times\r\n":                           3,
		"machine: app: exit status 3; starting it again in 100ms\r\nmachine: app: exit status 4\n": 4,
		"machine: app: killed by signal 9 (killed)\r\n":                                            137,
		"machine: app: out of memory: the kernel killed it\r\n":                                    137,
		"a machine: app: exit status 3\r\nmachine: sidecar: exit status 5\r\n":                     0,
		"machine: app: exit status 3":                                                              0,
	} {
		for _, step := range []int{1, 7, 1000} {
			var out strings.Builder
			c := console{out: &out}
			for i := 0; i < len(text); i += step {
				if _, err := c.Write([]byte(text[i:min(i+step, len(text))])); err != nil {
					t.Fatal(err)
				}
			}
			if c.status != want || out.String() != strings.ReplaceAll(text, "\r", "") {
				t.Errorf("%q by %d: status %d, want %d; shown %q", text, step, c.status, want, out.String())
			}
		}
	}
}
