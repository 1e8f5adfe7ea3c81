package machine

import (
	"net/netip"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/clock"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/entropy"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/machineid"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/metadata"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/mounts"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/network"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/timezone"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/volume"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/watchdog"
)

// stage is one step of the boot.
type stage struct {
	name   string
	needs  string // a list of what earlier stages must have given
	gives  string // what later stages may need
	beside bool   // slow: runs beside the stages that do not need it
	run    func(*pid1) error
}

// schedule is the boot. A stage that fails is reported, and the next one runs.
func schedule() []stage {
	return []stage{
		{"signals", "", "requests", false, (*pid1).listen},
		{"baked config", "", "module list", false, (*pid1).readBaked},
		{"mounts", "", "file systems", false, (*pid1).mount}, // before modules: /sys shows the devices
		{"modules", "module list, file systems", "drivers", false, (*pid1).loadModules},
		{"panic", "file systems", "panic timeout", false, (*pid1).rebootOnPanic},
		{"console", "drivers, file systems", "consoles", false, (*pid1).openConsoles},
		{"config", "drivers, file systems", "configuration", false, (*pid1).readConfig},
		{"log", "configuration", "log", false, (*pid1).configureLog},
		{"clock", "configuration", "time", false, (*pid1).startClock},
		{"files", "configuration, time", "names", false, (*pid1).writeFiles},
		{"network", "names", "interfaces", false, (*pid1).startNetwork},
		{"data", "configuration", "data disk", true, (*pid1).mountData},
		{"power button", "requests, drivers", "power button", false, (*pid1).listenForButton},
		{"entropy", "configuration", "random numbers", false, (*pid1).prepareEntropy},
		{"metadata", "names, interfaces", "metadata", false, (*pid1).readMetadata},
		{"check", "configuration, data disk, metadata", "check", false, (*pid1).addServices},
		{"services", "names, check", "services", false, (*pid1).startTasks},
		{"address", "interfaces", "address", false, (*pid1).awaitAddress},
		{"clock is set", "time, address", "right time", false, (*pid1).awaitClock},
		{"watchdog", "check", "watchdog", false, (*pid1).armWatchdog},
	}
}

func (p *pid1) listen() error {
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	report.Go(p, "reaper", func() {
		for range children {
			p.reaper.Reap()
		}
	})
	return p.requests.ListenForSignals(p.kernel, p)
}

func (p *pid1) readBaked() error {
	err := p.settings.ReadBaked()
	p.config = p.settings.Config()
	return err
}

func (p *pid1) loadModules() error {
	err := p.modules.LoadForDevices() // first: a real watchdog comes before the kernel's own
	p.modules.Load(p.config.Modules)
	return err
}

func (p *pid1) mount() error {
	mounts.Mount(p.kernel, p)
	return nil
}

func (p *pid1) rebootOnPanic() error { return mounts.RebootOnPanic(p.kernel) }

func (p *pid1) openConsoles() error {
	err := p.OpenConsoles(p.kernel)
	p.Printf("Hello World! This is scratchmachine %s on Linux %s (%s)", Version, p.kernel.Release(), runtime.GOARCH)
	return err
}

func (p *pid1) readConfig() error {
	p.settings.Read()
	p.config = p.settings.Config()
	p.connect()
	return nil
}

// connect makes the two rooms that need each other: the clock asks servers once the
// network is online, and the network names time servers to the clock.
func (p *pid1) connect() {
	write := func(path, content string) error { return mounts.WriteFile(p.kernel, path, content) }
	offer := func(timeServers []netip.Addr) { p.clock.Offer(timeServers) }
	p.network = network.New(p.kernel, p, p.config.Network, p.config.Hostname, p.timeline.stage, offer, write)
	p.clock = clock.New(p.kernel, p, p.config.Clock, p.network.Online(), p.atEnd)
}

func (p *pid1) configureLog() error {
	return p.Configure(p.config.Log, p.network.Hostname, p.network.Online(), p.options.logTLS)
}

func (p *pid1) startClock() error {
	return p.clock.Start()
}

func (p *pid1) writeFiles() error {
	p.network.WriteFiles()
	if err := machineid.Write(p.kernel); err != nil {
		p.Report("files", err)
	}
	return timezone.Set(p.kernel, p.config.TimeZone)
}

func (p *pid1) startNetwork() error { return p.network.Start() }

// readMetadata reads a layer of configuration that comes by the network. Only a machine
// in a cloud has one, and waits for it.
func (p *pid1) readMetadata() error {
	service, err := metadata.For(p.kernel, p.config.Metadata)
	if service == nil {
		return err
	}
	files, err := service.Files(p.network.Online())
	if err != nil {
		return err
	}
	before := p.config.Hostname
	p.settings.ReadMetadata(service.Name(), files)
	if p.config = p.settings.Config(); p.config.Hostname != before {
		p.network.Rename(p.config.Hostname)
	}
	return nil
}

func (p *pid1) awaitAddress() error { return p.network.AwaitAddress() }

func (p *pid1) mountData() (err error) {
	c := p.config.Program
	p.dataDir, err = volume.Data{
		Kernel: p.kernel, Report: p, Config: p.config.Data, UID: c.UID, GID: c.GID, Format: p.options.format, AtEnd: p.atEnd,
	}.Mount()
	return err
}

func (p *pid1) listenForButton() error { return p.requests.ListenForButton(p.kernel, p) }

func (p *pid1) prepareEntropy() error { return entropy.Prepare(p.kernel, p, p.config.Entropy) }

func (p *pid1) awaitClock() error { return p.clock.Ready(p.network.MayGetAddress()) }

func (p *pid1) armWatchdog() (err error) {
	p.watchdog, err = watchdog.Arm(p.kernel, p, p.config.Watchdog, p.services.Ill)
	if p.watchdog != nil {
		p.services.LeaveToWatchdog()
	}
	return err
}
