package report

import (
	"fmt"
	"strings"
	"testing"
)

// lines is a reporter that keeps all lines.
type lines []string

func (l *lines) Printf(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }

func (l *lines) Report(what string, err error) { l.Printf("machine: %s: %v", what, err) }

// TestLasting: a function that panics is run again until it returns.
func TestLasting(t *testing.T) {
	var said lines
	runs := 0
	Lasting(&said, "watch", func() {
		if runs++; runs == 1 {
			panic("once")
		}
	})
	if runs != 2 || len(said) != 1 || !strings.HasPrefix(said[0], "machine: watch: panic: once") || !strings.Contains(said[0], "report_test.go") {
		t.Errorf("%d runs; %q", runs, said)
	}
}
