package syslog

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// TestDoubts: lines acknowledged within the last seconds are sent again, once, before
// new lines.
func TestDoubts(t *testing.T) {
	start := time.Now()
	var d doubts
	d.add(start, []logline.Line{{Text: "old"}}, 9)
	d.add(start.Add(doubtTime), []logline.Line{{Text: "a"}, {Text: "b"}}, 9)
	again := d.take(start.Add(doubtTime + time.Millisecond))
	q := newQueue(2)
	q.add(logline.Line{Text: "new"})
	q.putBack(again)
	var texts []string
	for _, l := range q.first(9) {
		texts = append(texts, l.Text)
	}
	if len(texts) != 3 || texts[0] != "a" || texts[1] != "b" || texts[2] != "new" {
		t.Errorf("%q", texts)
	}
	d.add(start, []logline.Line{{Text: "a"}, {Text: "b"}}, 1)
	if again := d.take(start); len(again) != 1 || again[0].Text != "b" {
		t.Errorf("more than the limit: %v", again)
	}
	if again := d.take(start); len(again) != 0 {
		t.Errorf("once more: %v", again)
	}
}

// TestHangsUp: a server that closes each connection soon after a line gets every line
// again, but only once.
func TestHangsUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	lines := make(chan Message, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			time.AfterFunc(doubtTime/4, func() { _ = conn.Close() })
			receive(t, conn, lines)
		}
	}()
	c, _ := start(t, Server{Network: "tcp", Address: l.Addr().String()}, 100)
	for _, i := range []int{0, 1} {
		send(c, i, i+1)
		for range 2 {
			if m := next(t, lines); m.Text != fmt.Sprintf("line %d", i) {
				t.Errorf("got %q, want line %d", m.Text, i)
			}
		}
	}
}
