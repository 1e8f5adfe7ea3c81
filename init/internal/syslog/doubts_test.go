package syslog

import (
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/logline"
)

// TestDoubts: what was acknowledged within the last seconds comes back, once, before
// what is new.
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
