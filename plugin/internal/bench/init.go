package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

// initMachine is one whose init is measured.
type initMachine struct {
	name, nic, append string
}

// fixedAddress has the machine ask nobody for its address.
const fixedAddress = " machine.network.interfaces.0.dhcp=false machine.network.interfaces.0.addresses=10.0.2.15/24 machine.network.interfaces.0.routes.0.via=10.0.2.2"

// traced has the kernel say on the console when it starts a program and when a
// socket listens (Documentation/admin-guide/kernel-parameters.txt), and nothing
// else that it would not say anyway.
const traced = " loglevel=5 tp_printk trace_event=sched:sched_process_exec,sock:inet_sock_set_state"

// initTime measures how long it takes from the start of the init to the program's
// listening, in the machine's own time: QEMU counts a nanosecond for an
// instruction, so that neither this host's load nor its speed matters. The runs
// differ by the machine's date.
func (b *bench) initTime(ctx context.Context) error {
	if _, err := b.ours(ctx, direct); err != nil {
		return err
	}
	machines := []initMachine{{"e1000, fixed address", "e1000", fixedAddress}, {"e1000, DHCP", "e1000", ""}}
	if b.e1000() == "" {
		machines = append(machines, initMachine{"virtio-net, fixed address", "virtio-net-pci", fixedAddress},
			initMachine{"virtio-net, DHCP", "virtio-net-pci", ""})
	}
	fmt.Fprintf(b.out, "Kernel %s, %s, %d runs of each; medians (lowest to highest).\n\n", filepath.Base(b.kernel), b.qemu, b.runs)
	fmt.Fprintf(b.out, "| machine | init to listening | of which modules | link | rest |\n|---|---|---|---|---|\n")
	numbers := map[string][]initRun{}
	for _, m := range machines {
		for i := range b.runs {
			r, err := b.runInit(ctx, m, i)
			if err != nil {
				return errors.Wrap(err, m.name)
			}
			numbers[m.name] = append(numbers[m.name], r)
		}
		var all, modules, link, rest series
		for _, r := range numbers[m.name] {
			all, modules, link = append(all, r.all), append(modules, r.modules), append(link, r.link)
			rest = append(rest, r.all-r.modules-r.link)
		}
		fmt.Fprintf(b.out, "| %s | %s | %.3f | %.3f | %s |\n", m.name, all, modules.median().Seconds(), link.median().Seconds(), rest)
	}
	if b.json == "" {
		return nil
	}
	content, err := json.MarshalIndent(numbers, "", "  ")
	if err != nil {
		return err
	}
	return errors.Wrap(os.WriteFile(b.json, append(content, '\n'), 0o644), "writing the numbers")
}

// initRun is one boot: from the init's start to listening, and how much of it
// was the loading of modules and the wait for the link.
type initRun struct{ all, modules, link time.Duration }

// MarshalJSON gives milliseconds.
func (r initRun) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]float64{"listening_ms": milliseconds(r.all), "modules_ms": milliseconds(r.modules), "link_ms": milliseconds(r.link)})
}

func (b *bench) runInit(ctx context.Context, m initMachine, run int) (initRun, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*bootTime)
	defer cancel()
	v, err := vm.Start(ctx, vm.Options{
		Kernel: filepath.Join(b.dir, direct+".vmlinuz"), Initrd: filepath.Join(b.dir, direct+".initramfs"), MemoryMiB: bootMemory, NIC: m.nic,
		Append: image.DefaultCommandLine + traced + m.append,
		Extra:  []string{"-icount", "shift=0,sleep=off", "-rtc", fmt.Sprintf("base=2027-01-01T00:00:%02d,clock=vm", run)},
	})
	if err != nil {
		return initRun{}, err
	}
	defer v.Stop()
	if _, err := v.Expect(ctx, ", listening at "); err != nil {
		return initRun{}, errors.Wrapf(err, "console:\n%s", v.Console())
	}
	return readInit(v.Console())
}

var (
	execed   = regexp.MustCompile(`\[ *([0-9.]+)\].* sched_process_exec: filename=/init `)
	listened = regexp.MustCompile(`\[ *([0-9.]+)\].* inet_sock_set_state: .*sport=80 .*newstate=TCP_LISTEN`)
	stageOf  = regexp.MustCompile(`[( ](modules|link) ([0-9]+)ms`)
)

// readInit reads one boot's times off its console.
func readInit(console string) (initRun, error) {
	start, err := seconds(execed, console)
	if err != nil {
		return initRun{}, err
	}
	end, err := seconds(listened, console)
	if err != nil {
		return initRun{}, err
	}
	r := initRun{all: end - start}
	_, line, _ := strings.Cut(console, "machine: boot: ")
	for _, stage := range stageOf.FindAllStringSubmatch(line, -1) {
		n, _ := strconv.Atoi(stage[2])
		took := time.Duration(n) * time.Millisecond
		if stage[1] == "modules" {
			r.modules = took
		} else {
			r.link += took
		}
	}
	return r, nil
}

func seconds(pattern *regexp.Regexp, console string) (time.Duration, error) {
	found := pattern.FindStringSubmatch(console)
	if found == nil {
		return 0, errors.Errorf("nothing matches %s on the console:\n%s", pattern, console)
	}
	return time.ParseDuration(found[1] + "s")
}
