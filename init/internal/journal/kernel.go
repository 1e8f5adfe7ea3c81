//go:build linux

package journal

import (
	"os"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kmsg"
)

// The limits for the kernel's messages: kernelBurst may come at once, so that all
// messages of the boot pass, and kernelPerSecond in each second afterwards.
const (
	kernelBurst     = 5000
	kernelPerSecond = 50
)

// FollowKernel adds the kernel's messages to the log, starting with the first that the
// kernel still has. It does not show them on the consoles, because the kernel does that
// itself.
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
