package bake

import (
	"sync"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// manyBytes is from how many on files take a noticeable time to bake, and a
// noticeable part of the machine's memory.
const manyBytes = 32 << 20

// sayMemory says what large files cost.
func sayMemory(r Reporter, files []tree.Entry) {
	if _, size := count(files); size >= manyBytes {
		r.Sayf("These files take %d MiB of the machine's memory as long as it runs, and up to twice that while it starts: "+
			"see to it that it has as much, or bring them on a disk (option data)", size>>20)
	}
}

// sayProgress says how far the stages of a bake are that take a noticeable time, in
// steps of a tenth.
func sayProgress(r Reporter) image.Progress {
	var mu sync.Mutex
	told := map[string]int64{}
	return func(stage string, done, total int64) {
		if total < manyBytes {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if tenths := min(done*10/total, 10); tenths > told[stage] {
			told[stage] = tenths
			r.Sayf("Writing the %s: %d%% of %.0f MB", stage, tenths*10, float64(total)/1e6)
		}
	}
}
