package bake

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// lines is a Reporter that keeps what is said.
type lines struct{ strings.Builder }

func (l *lines) Say(line string)                 { l.WriteString(line + "\n") }
func (l *lines) Sayf(format string, args ...any) { l.Say(fmt.Sprintf(format, args...)) }
func (l *lines) TrackProgress(_ string, _, _ int64, stream io.ReadCloser) io.ReadCloser {
	return stream
}

// TestSayProgress: a stage that takes ten seconds is told of each second, one that
// takes less than one never.
func TestSayProgress(t *testing.T) {
	var said lines
	now := time.Unix(0, 0)
	progress := sayProgress(&said, time.Second, func() time.Time { return now })
	for i := range int64(101) {
		progress("images", i*1e6, 100e6)
		progress("initramfs", i*1e6, 100e6)
		if i == 50 {
			now = now.Add(2 * time.Second)
		}
	}
	want := "Writing the images: 50% of 100 MB\nWriting the initramfs: 50% of 100 MB\n"
	if got := said.String(); got != want {
		t.Errorf("it said\n%s", got)
	}
	for i := range int64(10) {
		now = now.Add(time.Second)
		progress("disk", i+1, 10)
	}
	if got := strings.Count(said.String(), "Writing the disk: "); got != 9 {
		t.Errorf("%d lines of the disk, want 9:\n%s", got, said.String())
	}
}
