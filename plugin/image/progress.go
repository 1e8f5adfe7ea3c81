package image

import (
	"sync/atomic"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// Progress is told how many bytes of all those of a stage are done. It is called
// for some thousand bytes at a time, and by several goroutines at once.
type Progress func(stage string, done, total int64)

// Watch returns a function that makes contents count for a stage when they are
// read. total is how many bytes will be.
func (p Progress) Watch(stage string, total int64) func(content.Content) content.Content {
	var done atomic.Int64
	read := func(n int) { p(stage, done.Add(int64(n)), total) }
	return func(c content.Content) content.Content {
		if p == nil {
			return c
		}
		return content.Watch(c, read)
	}
}

// watched returns the entries so that reading them counts for a stage.
func watched(entries []tree.Entry, p Progress, stage string) []tree.Entry {
	var total int64
	for _, e := range entries {
		total += e.Size()
	}
	watch := p.Watch(stage, total)
	for i, e := range entries {
		if e.Content != nil {
			entries[i].Content = watch(e.Content)
		}
	}
	return entries
}
