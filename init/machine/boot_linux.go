package machine

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/supervise"
)

// pid1 is the init of a machine.
type pid1 struct {
	sys         system
	settings    settings
	console     *console
	config      config.Config               // in effect
	merged      layer.Merged[config.Config] // where its keys came from
	dataDir     string                      // where the data disk is, empty if there is none
	baked       []layer.Layer               // none if it cannot be read
	timeline    *timeline
	timeServers *timeServers
	reaper      *reaper
	requests    chan request // to end the machine

	names      *nameTable
	leases     leaseTable
	interfaces atomic.Int32 // that the network has configured, or is about to

	program  supervise.Status
	check    func(context.Context) error // of the program; nil for none
	pings    atomic.Bool                 // the program says WATCHDOG=1
	watchdog watchdog                    // nil for none
	fed      chan struct{}               // closed when that ends

	endingsLock sync.Mutex
	endings     []ending
}

// request is how somebody wants the machine to end.
type request struct {
	action action
	cause  string
}

// boot brings the machine up, runs its program and ends it. It never returns.
func boot(s settings) {
	p := newPID1(linux(), s)
	defer p.lastResort()
	p.bringUp()
	p.background("timeline", p.afterBoot)
	r := p.supervise()
	p.end(r)
}

func newPID1(sys system, s settings) *pid1 {
	p := &pid1{
		sys: sys, settings: s, console: newConsole(), config: config.Default(),
		timeline: newTimeline(sys.uptime), timeServers: newTimeServers(),
		reaper: newReaper(sys), requests: make(chan request, 8), fed: make(chan struct{}),
	}
	p.names = newNameTable(p.writeNames)
	return p
}

// bringUp runs the stages. Each is reported if it fails, and none stops the
// next.
func (p *pid1) bringUp() {
	p.stage("signals", p.signals)
	p.stage("baked config", p.readBaked)
	p.stage("modules", p.modules) // the link comes up while the rest goes on
	p.stage("mounts", p.mounts)
	p.stage("panic", p.rebootOnPanic)
	p.stage("console", p.consoles)
	p.console.printf("Hello World! This is scratchmachine %s on Linux %s (%s)",
		Version, p.sys.release(), runtime.GOARCH)
	p.stage("config", p.readConfig)
	p.stage("log", p.log)
	p.stage("clock", p.startClock)
	p.stage("files", p.files)
	p.stage("network", p.network)
	p.stage("data", p.data)
	p.stage("power button", p.powerButton)
	p.stage("services", p.startServices)
	p.stage("entropy", p.entropy)
	p.stage("address", p.awaitAddress)
	p.stage("clock is set", p.clockReady)
	p.stage("check", p.health)
	p.stage("watchdog", p.armWatchdog)
	p.timeline.broughtUp()
}

// afterBoot does, once the program serves, what can wait until then.
func (p *pid1) afterBoot() {
	p.reportBoot()
	p.background("crash", p.lastCrash)
	p.background("kernel log", p.kernelLog)
}

// stage runs one step of the start, and survives whatever happens in it.
func (p *pid1) stage(name string, run func() error) {
	defer p.timeline.stage(name)()
	defer p.survive(name)
	if err := run(); err != nil {
		p.report(name, err)
	}
}

// background runs what goes on beside the stages. It is started again should
// it panic.
func (p *pid1) background(name string, run func()) {
	go p.lasting(name, run)
}

// lasting runs what must go on until it returns by itself, again after a panic.
func (p *pid1) lasting(name string, run func()) {
	for again := true; again; {
		again = func() (panicked bool) {
			panicked = true
			defer p.survive(name)
			run()
			return false
		}()
		if again {
			time.Sleep(time.Second)
		}
	}
}

// report says on every console what failed and why.
func (p *pid1) report(what string, err error) {
	p.console.say(logline.Error, "machine: %s: %v", what, err)
}

// survive is deferred where a panic must not end PID 1.
func (p *pid1) survive(what string) {
	if fault := recover(); fault != nil {
		p.report(what, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
	}
}

// faultDelay is how long the report of a fatal fault can be read.
const faultDelay = 10 * time.Second

// lastResort is for a fault of PID 1 itself outside of all stages: the kernel
// would panic if PID 1 ended.
func (p *pid1) lastResort() {
	fault := recover()
	p.report("PID 1", fmt.Errorf("panic: %v\n%s", fault, debug.Stack()))
	p.console.flush(flushTime)
	time.Sleep(faultDelay)
	p.sys.sync()
	_ = p.sys.reboot(rebootCommand[reboot])
	os.Exit(1) // the kernel panics, and reboots if panic= says so
}
