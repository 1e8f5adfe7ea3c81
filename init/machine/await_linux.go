package machine

import (
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

const (
	// listenPatience is how long the line about the boot waits until the program's port
	// accepts connections. Some programs have no port.
	listenPatience = 30 * time.Second
	// listenInterval is how often the port is checked at first. Later the interval is a
	// fiftieth of the time that has passed.
	listenInterval = 5 * time.Millisecond
)

// await records when the program serves. It returns when the program serves, or after
// listenPatience.
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
