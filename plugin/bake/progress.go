package bake

import (
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// progressPace keeps a bake that is over soon from saying more than a line or two.
const progressPace = time.Second

// manyBytes is from how many on files take a noticeable part of the machine's memory.
const manyBytes = 32 << 20

// sayMemory says what large files cost.
func sayMemory(r Reporter, files []tree.Entry) {
	if _, size := count(files); size >= manyBytes {
		r.Sayf("These files take %d MiB of the machine's memory as long as it runs, and up to twice that while it starts: "+
			"see to it that it has as much, or bring them on a disk (option data)", size>>20)
	}
}

// sayProgress says how far the stages of a bake are, in steps of a tenth, but not
// before a stage has taken pace, nor more often than once in it. now is a clock.
func sayProgress(r Reporter, pace time.Duration, now func() time.Time) image.Progress {
	type stageState struct {
		tenths int64
		said   time.Time
	}
	var mu sync.Mutex
	stages := map[string]*stageState{}
	return func(stage string, done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		s := stages[stage]
		if s == nil {
			s = &stageState{said: now()}
			stages[stage] = s
		}
		tenths := min(done*10/max(total, 1), 10)
		if tenths <= s.tenths || now().Sub(s.said) < pace {
			return
		}
		*s = stageState{tenths, now()}
		r.Sayf("Writing the %s: %d%% of %.0f MB", stage, tenths*10, float64(total)/1e6)
	}
}
