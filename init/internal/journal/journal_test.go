package journal

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
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

// TestJournalEarly: lines that come before there is a console are not lost.
func TestJournalEarly(t *testing.T) {
	j := New()
	j.Printf("one\ntwo")
	var first, second bytes.Buffer
	j.AddConsole(&first)
	j.opened()
	j.AddConsole(&second)
	j.Printf("three")
	j.Flush(5 * time.Second)
	if first.String() != "one\r\ntwo\r\nthree\r\n" || second.String() != "three\r\n" {
		t.Errorf("%q, %q", first.String(), second.String())
	}
}

// TestJournalStuck: a stuck console holds up neither the caller nor another console,
// and later shows how many lines it lost.
func TestJournalStuck(t *testing.T) {
	j := New()
	bad := &stuck{free: make(chan struct{})}
	j.AddConsole(bad)
	const lines = 3 * queueLines
	for i := range lines {
		j.Printf("line %d", i)
	}
	close(bad.free)
	j.Flush(5 * time.Second)
	j.Printf("the last")
	j.Flush(5 * time.Second)
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

func TestJournalFlushGivesUp(t *testing.T) {
	j := New()
	bad := &stuck{free: make(chan struct{})}
	defer close(bad.free)
	j.AddConsole(bad)
	j.Printf("x")
	j.Flush(time.Millisecond) // returns
}

func TestJournalCopy(t *testing.T) {
	j := New()
	var out bytes.Buffer
	j.AddConsole(&out)
	j.Copy(config.Main, strings.NewReader("a\r\n"+strings.Repeat("b", 5000)+"\nno end"))
	j.Flush(5 * time.Second)
	want := "a\r\n" + strings.Repeat("b", 4096) + "\r\n" + strings.Repeat("b", 904) + "\r\nno end\r\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// TestJournalNames: the main program's lines have a name only beside those of others.
func TestJournalNames(t *testing.T) {
	j := New()
	var out bytes.Buffer
	j.AddConsole(&out)
	j.Copy(config.Main, strings.NewReader("alone\n"))
	j.ShowNames()
	j.Copy(config.Main, strings.NewReader("one of two\n"))
	j.Copy("web", strings.NewReader("the other\n"))
	j.Printf("machine: itself")
	j.Flush(5 * time.Second)
	if want := "alone\r\napp: one of two\r\nweb: the other\r\nmachine: itself\r\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// TestJournalLevels: the consoles show the lines that are severe enough, without the
// prefix for the severity. The log has all lines.
func TestJournalLevels(t *testing.T) {
	j := New()
	var out bytes.Buffer
	j.AddConsole(&out)
	j.showFrom(logline.Warning)
	j.Printf("the machine says")
	j.say(logline.Error, "the machine fails")
	long := "<3>" + strings.Repeat("e", 5000)
	j.Copy(config.Main, strings.NewReader("plain\n<4>a warning\n<7>detail\nlevel=ERROR msg=x\n"+long+"\nafter\n"))
	j.unshown(logline.Line{Severity: logline.Emergency, Text: "of the kernel"})
	j.Flush(5 * time.Second)
	want := "the machine fails\r\na warning\r\nlevel=ERROR msg=x\r\n" +
		strings.Repeat("e", 4093) + "\r\n" + strings.Repeat("e", 907) + "\r\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
	if lines := j.last.Last(-1); len(lines) != 10 || lines[9].Text != "of the kernel" || lines[2].Source != config.Main {
		t.Errorf("the log is %v", lines)
	}
}

// memory is a follower that keeps all lines.
type memory struct {
	texts   []string
	flushed bool
}

func (m *memory) Send(l logline.Line) { m.texts = append(m.texts, l.Text) }

func (m *memory) Flush(time.Duration) { m.flushed = true }

// TestJournalFollow: a late follower gets the earlier lines and all later ones.
func TestJournalFollow(t *testing.T) {
	j := New()
	j.Printf("one\ntwo")
	var m memory
	j.follow(&m)
	j.Printf("three")
	j.Flush(time.Second)
	if strings.Join(m.texts, " ") != "one two three" || !m.flushed {
		t.Errorf("%+v", m)
	}
}
