package machine

import (
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

func TestEntropy(t *testing.T) {
	const current, device = "sys/class/misc/hw_random/rng_current", "dev/hwrng"
	tests := []struct {
		name          string
		ready         bool
		files         map[string]string
		seed          string
		wait          error
		took          time.Duration
		called, shown string
		failure       string
	}{
		{name: "ready", ready: true, files: map[string]string{current: "virtio_rng.0", device: strings.Repeat("r", 64)}},
		{name: "virtio-rng", files: map[string]string{current: "virtio_rng.0", device: strings.Repeat("r", 64)}, called: "credit rrrr"},
		{name: "nothing", called: "wait"},
		{name: "given", seed: strings.Repeat("cmRs", 11), called: "credit rdlr"},
		{name: "given, and virtio-rng", files: map[string]string{current: "virtio_rng.0", device: strings.Repeat("r", 64)},
			seed: strings.Repeat("cmRs", 11), called: "credit rrrr"},
		{name: "given too little", seed: "cmRs", called: "wait", shown: "machine: entropy: the seed has 3 bytes, and needs 32"},
		{name: "slow", took: 4 * time.Second, called: "wait", shown: "machine: entropy: there were no random numbers for 4s: give the machine virtio-rng"},
		{name: "no system call", wait: unix.ENOSYS, called: "wait", shown: "machine: entropy: function not implemented"},
		{name: "virtio-rng fails", files: map[string]string{current: "virtio_rng.0", device: "r"}, called: "wait", failure: "reading from virtio-rng"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			for path, content := range test.files {
				f.write(t, path, content)
			}
			f.config.Entropy.Seed = test.seed
			waited := make(chan struct{})
			f.sys.entropy = entropySystem{
				ready:  func() bool { return test.ready },
				credit: func(seed [32]byte) error { return f.call("credit " + string(seed[:4])) },
				wait: func() error {
					defer close(waited)
					f.clock += test.took
					_ = f.call("wait")
					return test.wait
				},
			}
			err := f.entropy()
			if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
				t.Errorf("failed with %v, want %q", err, test.failure)
			}
			if test.called == "wait" {
				<-waited
			}
			if f.called() != test.called {
				t.Errorf("%q, want %q", f.called(), test.called)
			}
			for until := time.Now().Add(5 * time.Second); !strings.Contains(f.shown(), test.shown) && time.Now().Before(until); {
				time.Sleep(time.Millisecond)
			}
			f.wantShown(t, test.shown)
		})
	}
	f := newFake(t)
	f.sys.entropy = entropySystem{ready: func() bool { return false }, credit: func([32]byte) error { return errors.New("refused") }}
	f.write(t, current, "virtio_rng.0")
	f.write(t, device, strings.Repeat("r", 64))
	if err := f.entropy(); err == nil || err.Error() != "refused" {
		t.Errorf("failed with %v", err)
	}
}
