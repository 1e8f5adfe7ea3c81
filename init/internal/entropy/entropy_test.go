//go:build linux

package entropy

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

func TestPrepare(t *testing.T) {
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
			f := kernelfake.New(t)
			for path, content := range test.files {
				f.WriteFile(t, path, content)
			}
			waited := make(chan struct{})
			f.Entropy = kernelapi.Entropy{
				Ready:  func() bool { return test.ready },
				Credit: func(seed [32]byte) error { return f.Call("credit " + string(seed[:4])) },
				Wait: func() error {
					defer close(waited)
					f.Pass(test.took)
					_ = f.Call("wait")
					return test.wait
				},
			}
			err := Prepare(f.Kernel, f, config.Entropy{Seed: test.seed})
			if test.failure == "" && err != nil || test.failure != "" && (err == nil || !strings.Contains(err.Error(), test.failure)) {
				t.Errorf("failed with %v, want %q", err, test.failure)
			}
			if test.called == "wait" {
				<-waited
			}
			if f.Called() != test.called {
				t.Errorf("%q, want %q", f.Called(), test.called)
			}
			for until := time.Now().Add(5 * time.Second); !strings.Contains(f.Shown(), test.shown) && time.Now().Before(until); {
				time.Sleep(time.Millisecond)
			}
			f.WantShown(t, test.shown)
		})
	}
	f := kernelfake.New(t)
	f.Entropy = kernelapi.Entropy{Ready: func() bool { return false }, Credit: func([32]byte) error { return errors.New("refused") }}
	f.WriteFile(t, current, "virtio_rng.0")
	f.WriteFile(t, device, strings.Repeat("r", 64))
	if err := Prepare(f.Kernel, f, config.Entropy{}); err == nil || err.Error() != "refused" {
		t.Errorf("failed with %v", err)
	}
}

// TestPrepareSilent: a silent generator holds nothing up, and a seed that it gives
// later is credited.
func TestPrepareSilent(t *testing.T) {
	f := kernelfake.New(t)
	f.WriteFile(t, current, "virtio_rng.0")
	f.WriteFile(t, "dev/x", "")
	if err := unix.Mkfifo(f.Path(device), 0o600); err != nil {
		t.Fatal(err)
	}
	generator, err := os.OpenFile(f.Path(device), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer generator.Close()
	f.After = func(d time.Duration) <-chan time.Time {
		_ = f.Call("waits " + d.String())
		return time.After(0)
	}
	credited := make(chan string, 2)
	f.Entropy = kernelapi.Entropy{
		Ready:  func() bool { return false },
		Credit: func(seed [32]byte) error { credited <- string(seed[:]); return nil },
	}
	err = Prepare(f.Kernel, f, config.Entropy{Seed: strings.Repeat("cmRs", 11)})
	if err != nil || f.Called() != "waits 100ms" {
		t.Errorf("%v, %s", err, f.Called())
	}
	if got := <-credited; !strings.HasPrefix(got, "rdl") {
		t.Errorf("credited %q", got)
	}
	later := strings.Repeat("l", 32)
	if _, err := generator.WriteString(later); err != nil {
		t.Fatal(err)
	}
	if got := <-credited; got != later {
		t.Errorf("credited %q", got)
	}
}
