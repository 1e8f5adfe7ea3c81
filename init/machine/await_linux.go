package machine

import (
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// listenPatience is how long the line about the boot waits for the program's
	// port. There are programs that have none.
	listenPatience = 30 * time.Second
	// listenInterval is how often it is looked for at first. Later it is a
	// fiftieth of the time that it took by then.
	listenInterval = 5 * time.Millisecond
)

// await notes when the program serves, or returns when it is clear that it does not.
func (t *timeline) await(k *kernelapi.Kernel, serving func() bool) {
	started := k.Uptime()
	for k.Uptime() < started+listenPatience {
		if serving() {
			t.accepts()
			return
		}
		<-k.After(max(listenInterval, (k.Uptime()-started)/50))
	}
}
