package postprocessor

import (
	"sync"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// manyBytes is from how many on files take a noticeable time to bake, and a
// noticeable part of the machine's memory.
const manyBytes = 32 << 20

// sayMemory says what large files cost.
func sayMemory(ui packersdk.Ui, files []tree.Entry) {
	if _, size := count(files); size >= manyBytes {
		ui.Sayf("These files take %d MiB of the machine's memory as long as it runs, and up to twice that while it starts: "+
			"see to it that it has as much, or bring them on a disk (option data)", size>>20)
	}
}

// watched returns the files so that their being read is told, if they are large.
func watched(ui packersdk.Ui, files []tree.Entry) []tree.Entry {
	_, size := count(files)
	if size < manyBytes {
		return files
	}
	p := &progress{ui: ui, size: size}
	for i, e := range files {
		if e.Content != nil {
			files[i].Content = counted{e.Content, p}
		}
	}
	return files
}

// progress tells how much of the files has been read, in steps of a tenth.
type progress struct {
	ui         packersdk.Ui
	mu         sync.Mutex
	read, size int64
	told       int64 // tenths
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read += int64(n)
	if tenths := min(p.read*10/p.size, 10); tenths > p.told {
		p.told = tenths
		p.ui.Sayf("Files: %d%% of %.0f MB are baked", tenths*10, float64(p.size)/1e6)
	}
}

// counted is a content whose reading counts.
type counted struct {
	content.Content
	progress *progress
}

func (c counted) ReadAt(p []byte, offset int64) (int, error) {
	n, err := c.Content.ReadAt(p, offset)
	c.progress.add(n)
	return n, err
}
