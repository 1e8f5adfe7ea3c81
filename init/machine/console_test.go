package machine

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stuck is a console that shows nothing until it is freed.
type stuck struct {
	free chan struct{}
	text bytes.Buffer
}

func (s *stuck) Write(b []byte) (int, error) {
	<-s.free
	return s.text.Write(b)
}

// TestConsoleEarly: lines from before there is a console are not lost.
func TestConsoleEarly(t *testing.T) {
	c := newConsole()
	c.printf("one\ntwo")
	var first, second bytes.Buffer
	c.add(&first)
	c.opened()
	c.add(&second)
	c.printf("three")
	c.flush(5 * time.Second)
	if first.String() != "one\r\ntwo\r\nthree\r\n" || second.String() != "three\r\n" {
		t.Errorf("%q, %q", first.String(), second.String())
	}
}

// TestConsoleStuck: a console that takes nothing holds up neither the caller
// nor another console, and says later how much it lost.
func TestConsoleStuck(t *testing.T) {
	c := newConsole()
	bad := &stuck{free: make(chan struct{})}
	c.add(bad)
	const lines = 3 * queueLines
	for i := range lines {
		c.printf("line %d", i)
	}
	close(bad.free)
	c.flush(5 * time.Second)
	c.printf("the last")
	c.flush(5 * time.Second)
	text := bad.text.String()
	shown := strings.Count(text, "line ")
	dropped := 0
	for _, said := range regexp.MustCompile(`(\d+) lines were dropped here`).FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(said[1])
		if err != nil {
			t.Fatal(err)
		}
		dropped += n
	}
	if shown < queueLines || dropped == 0 || shown+dropped != lines || !strings.HasSuffix(text, "here\r\nthe last\r\n") {
		t.Errorf("%d shown and %d dropped of %d; it ends with %q", shown, dropped, lines, text[max(0, len(text)-100):])
	}
}

func TestConsoleFlushGivesUp(t *testing.T) {
	c := newConsole()
	bad := &stuck{free: make(chan struct{})}
	defer close(bad.free)
	c.add(bad)
	c.printf("x")
	c.flush(time.Millisecond) // returns
}

func TestConsoleCopy(t *testing.T) {
	c := newConsole()
	var out bytes.Buffer
	c.add(&out)
	c.copy(strings.NewReader("a\r\n" + strings.Repeat("b", 5000) + "\nno end"))
	c.flush(5 * time.Second)
	want := "a\r\n" + strings.Repeat("b", 4096) + "\r\n" + strings.Repeat("b", 904) + "\r\nno end\r\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}
