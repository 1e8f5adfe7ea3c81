//go:build linux

package journal

import (
	"os"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kmsg"
)

// The kernel's messages: all those of the boot may come at once, and then so
// many in a second.
const (
	kernelBurst     = 5000
	kernelPerSecond = 50
)

// FollowKernel adds the kernel's messages to the log, from the first that the
// kernel still has. The kernel shows them on the consoles itself.
func (j *Journal) FollowKernel(k *kernelapi.Kernel) {
	device, err := os.Open(k.Path("dev/kmsg"))
	if err != nil {
		j.Report("kernel log", err)
		return
	}
	defer device.Close()
	limit := &kmsg.Limit{Burst: kernelBurst, PerSecond: kernelPerSecond}
	err = kmsg.Follow(device, limit, k.Uptime, func(r kmsg.Record) {
		j.unshown(logline.Line{
			Time: time.Now().Add(r.Since - k.Uptime()), Severity: logline.Severity(r.Severity), Source: fromKernel, Text: r.Text,
		})
	})
	j.Report("kernel log", err)
}
