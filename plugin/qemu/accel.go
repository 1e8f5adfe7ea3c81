package qemu

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
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

// FindAccel returns the best that this host has for machines of an architecture.
func FindAccel(ctx context.Context, arch string) Accel {
	if arch != runtime.GOARCH {
		return TCG
	}
	best, ok := map[string]Accel{"linux": KVM, "darwin": HVF, "windows": WHPX}[runtime.GOOS]
	if !ok || best == KVM && !canKVM() {
		return TCG
	}
	// It lists what it was built with, one a line.
	known, err := exec.CommandContext(ctx, Options{Arch: arch}.Command(), "-accel", "help").Output()
	if err != nil || !slices.Contains(strings.Fields(string(known)), string(best)) {
		return TCG
	}
	return best
}

// canKVM tells whether this user may use KVM.
func canKVM() bool {
	file, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	_ = file.Close()
	return true
}

// processor returns the arguments for the accelerator, and for TCG in its place where
// it does not start, and for the processor.
func (o Options) processor() []string {
	if o.Accel == "" || o.Accel == TCG {
		if o.Arch == "arm64" {
			return []string{"-cpu", "cortex-a57"}
		}
		return nil
	}
	args := []string{"-accel", string(o.Accel), "-accel", string(TCG)}
	if o.Accel == WHPX {
		return args // has no processor "host"
	}
	return append(args, "-cpu", "max") // is the host's where that can be had
}
