package machine

import (
	"os"
	"strings"
	"sync"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/clock"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/modules"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/power"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/service"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/volume"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/watchdog"
)

// pid1 is the init of a machine. It holds the rooms, and what shall run when the
// machine ends.
type pid1 struct {
	*journal.Journal
	kernel   *kernelapi.Kernel
	options  setup
	timeline *timeline
	modules  *modules.Loader
	settings *settings.Settings
	requests power.Requests
	clock    *clock.Clock
	network  *network.Network

	reaper   *service.Reaper
	services *service.Set
	watchdog *watchdog.Watchdog // nil if there is none

	config  config.Config // the configuration in effect
	dataDir string        // where the data disk is mounted, or empty

	endingsLock sync.Mutex
	endings     []ending
}

func isMachine() bool { return kernelapi.IsMachine() }

// boot brings the machine up, runs its program and ends it. It never returns.
func boot(o setup) {
	p := newPID1(kernelapi.Linux(), o)
	defer p.lastResort()
	p.bringUp()
	report.Go(p, "timeline", p.afterBoot)
	p.end(p.serve())
}

func newPID1(k *kernelapi.Kernel, o setup) *pid1 {
	p := &pid1{
		Journal: journal.New(), kernel: k, options: o, timeline: newTimeline(k.Uptime),
		requests: power.NewRequests(), config: config.Default(), reaper: service.NewReaper(k),
	}
	find := func(label string, names ...string) (map[string][]byte, error) { return volume.Find(k, label, names...) }
	p.modules = modules.New(k, p)
	p.settings = settings.New(k, p, find)
	p.connect() // with the default configuration, in case there is no other
	return p
}

// bringUp runs the stages of the schedule in their order. Each stage waits for what it
// needs. A stage that runs beside the others holds up only those that need it.
func (p *pid1) bringUp() {
	given := map[string]chan struct{}{}
	for _, s := range schedule() {
		given[s.gives] = make(chan struct{})
	}
	var beside sync.WaitGroup
	for _, s := range schedule() {
		for _, need := range split(s.needs) {
			<-given[need]
		}
		run := func() {
			p.stage(s.name, func() error { return s.run(p) })
			close(given[s.gives])
		}
		if s.beside {
			beside.Go(run)
		} else {
			run()
		}
	}
	beside.Wait()
	p.timeline.broughtUp()
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ", ")
}

// stage runs one step of the boot. It survives errors and panics and reports them.
func (p *pid1) stage(name string, run func() error) {
	defer p.timeline.stage(name)()
	defer report.Survive(p, name)
	if err := run(); err != nil {
		p.Report(name, err)
	}
}

// serve runs the services until somebody asks for the machine's end, the main program
// has ended for good, or another one has come to a crash loop that ends the machine.
func (p *pid1) serve() power.Request {
	p.services.Start()
	for {
		select {
		case r := <-p.requests:
			p.services.Stop(r.Cause)
			return r
		case e := <-p.services.Ended():
			if e.Service.Name == service.Main || e.Action != "" {
				p.services.Stop(e.Cause)
				return power.Request{Action: actions[e.Action], Cause: e.Cause}
			}
			p.Printf("machine: %s", e.Cause)
		}
	}
}

// actions maps the actions of a crash loop, and "" for a program that has ended well.
var actions = map[string]power.Action{"": power.Off, config.ActionReboot: power.Reboot, config.ActionHalt: power.Halt}

// afterBoot does the work that can wait until the program serves.
func (p *pid1) afterBoot() {
	p.timeline.await(p.kernel, p.services.Serving)
	p.Printf("machine: boot: %s", p.timeline)
	report.Go(p, "crash", func() { p.LogCrash(p.kernel) })
	report.Go(p, "kernel log", func() { p.FollowKernel(p.kernel) })
}

// faultDelay is how long people can read the report of a fatal fault.
const faultDelay = 10 * time.Second

// lastResort handles a fault of PID 1 outside of all stages. If PID 1 ended, the kernel
// would panic.
func (p *pid1) lastResort() {
	p.Report("PID 1", report.Panic(recover()))
	p.Flush(journal.FlushTime)
	time.Sleep(faultDelay)
	p.kernel.Sync()
	_ = p.kernel.Reboot(power.Reboot.Command())
	os.Exit(1) // the kernel panics, and reboots if panic= says so
}
