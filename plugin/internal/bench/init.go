package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

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
			all, modules, link, rest = append(all, r.Listening), append(modules, r.Modules), append(link, r.Link), append(rest, r.Rest())
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

// initRun is one boot.
type initRun struct{ vm.InitTime }

// MarshalJSON gives milliseconds.
func (r initRun) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]float64{"listening_ms": milliseconds(r.Listening), "modules_ms": milliseconds(r.Modules), "link_ms": milliseconds(r.Link)})
}

func (b *bench) runInit(ctx context.Context, m initMachine, run int) (initRun, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*bootTime)
	defer cancel()
	v, err := vm.Start(ctx, vm.Options{
		Kernel: filepath.Join(b.dir, direct+".vmlinuz"), Initrd: filepath.Join(b.dir, direct+".initramfs"), MemoryMiB: bootMemory, NIC: m.nic,
		Append: image.DefaultCommandLine + " " + vm.InitTrace + m.append,
		Extra:  []string{"-icount", "shift=0,sleep=off", "-rtc", fmt.Sprintf("base=2027-01-01T00:00:%02d,clock=vm", run)},
	})
	if err != nil {
		return initRun{}, err
	}
	defer v.Stop()
	if _, err := v.Expect(ctx, ", listening at "); err != nil {
		return initRun{}, errors.Wrapf(err, "console:\n%s", v.Console())
	}
	t, err := vm.ReadInitTime(v.Console())
	return initRun{t}, err
}
