package qemu

import (
	"context"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Accel is how QEMU has the machine's processor.
type Accel string

const (
	// KVM, HVF and WHPX use the processor of this host, on Linux, macOS and Windows.
	KVM  Accel = "kvm"
	HVF  Accel = "hvf"
	WHPX Accel = "whpx"
	// TCG translates each instruction, and needs nothing of the host.
	TCG Accel = "tcg"
)

// String names it for people.
func (a Accel) String() string {
	if a == TCG || a == "" {
		return "TCG (no hardware virtualisation)"
	}
	return strings.ToUpper(string(a))
}

// ParseAccel takes an accelerator by its name, as QEMU has it.
func ParseAccel(name string) (Accel, error) {
	for _, a := range []Accel{KVM, HVF, WHPX, TCG} {
		if name == string(a) {
			return a, nil
		}
	}
	return "", errors.Errorf("the accelerator is kvm, hvf, whpx or tcg, not %q", name)
}

// FindAccel returns the best that works on this host for machines of an architecture.
func FindAccel(ctx context.Context, arch string) Accel {
	if arch != runtime.GOARCH {
		return TCG
	}
	best, ok := map[string]Accel{"linux": KVM, "darwin": HVF, "windows": WHPX}[runtime.GOOS]
	if !ok || !works(ctx, arch, best) {
		return TCG
	}
	return best
}

// works tries a machine that runs nothing and ends at once. That QEMU was built with an
// accelerator, and that this user may have it, does not say that it works: virtual
// machines and containers have a /dev/kvm on which QEMU aborts.
func works(ctx context.Context, arch string, accel Accel) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	o := Options{Arch: arch, Accel: accel, NIC: NoNIC, Serial: []string{"none"}, Extra: []string{"-S", "-monitor", "stdio"}}
	cmd := exec.CommandContext(ctx, o.Command(), o.Args()...)
	cmd.Stdin = strings.NewReader("quit\n")
	return cmd.Run() == nil
}

// probeTime is far more than the tenth of a second that a trial takes.
const probeTime = 10 * time.Second

// processor returns the arguments for the accelerator and for the processor.
func (o Options) processor() []string {
	if o.Accel == "" || o.Accel == TCG {
		if o.Arch == "arm64" {
			return []string{"-cpu", "cortex-a57"}
		}
		return nil
	}
	args := []string{"-accel", string(o.Accel)}
	if o.Accel == WHPX {
		return args // has no processor "host"
	}
	return append(args, "-cpu", "max") // is the host's where that can be had
}
