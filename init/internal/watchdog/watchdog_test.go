//go:build linux

package watchdog

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// dog is a device that records calls.
type dog struct{ k *kernelfake.Kernel }

func (d dog) Feed() error   { return d.k.Call("feed") }
func (d dog) Disarm() error { return d.k.Call("disarm") }

func well() bool { return false }

func TestArm(t *testing.T) {
	k := kernelfake.New(t)
	if w, err := Arm(k.Kernel, k, config.Watchdog{}, well); err != nil || w != nil {
		t.Errorf("%v: a watchdog that nobody asked for", err)
	}
	asked := config.Watchdog{Timeout: 20}
	k.Watchdog = func(path string, seconds int) (kernelapi.Watchdog, error) {
		if path != k.Path("dev/watchdog") || seconds != 20 {
			t.Errorf("%s, %d s", path, seconds)
		}
		return nil, unix.EBUSY
	}
	if _, err := Arm(k.Kernel, k, asked, well); err != unix.EBUSY {
		t.Error(err)
	}
	fed := make(chan struct{})
	k.Watchdog = func(string, int) (kernelapi.Watchdog, error) { return dog{k}, nil }
	k.After = func(d time.Duration) <-chan time.Time {
		if d != 5*time.Second {
			t.Errorf("fed every %s", d)
		}
		close(fed)
		return nil
	}
	w, err := Arm(k.Kernel, k, asked, well)
	if err != nil {
		t.Error(err)
	}
	<-fed
	w.Leave()
	if k.Called() != "feed" {
		t.Errorf("%s, want one meal", k.Called())
	}
}

// TestNotFed: a watchdog is not fed while the machine is ill.
func TestNotFed(t *testing.T) {
	k := kernelfake.New(t)
	rounds := 0
	w := &Watchdog{kernel: k.Kernel, report: k, device: dog{k}, left: make(chan struct{}), ill: func() bool { return rounds == 2 }}
	k.After = func(time.Duration) <-chan time.Time {
		if rounds++; rounds == 3 {
			w.Leave()
			return nil
		}
		return time.After(0)
	}
	w.feed(time.Second)
	if k.Called() != "feed, feed" {
		t.Errorf("%s, want two meals", k.Called())
	}
}
