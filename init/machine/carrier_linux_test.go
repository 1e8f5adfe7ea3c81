package machine

import (
	"os"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// onDriver gives the interface a driver, as sysfs shows it.
func (f *fake) onDriver(t *testing.T, name, driver string) {
	t.Helper()
	device := filepath.Join(f.sys.root, "sys/class/net", name, "device")
	if err := os.MkdirAll(device, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../bus/pci/drivers/"+driver, filepath.Join(device, "driver")); err != nil {
		t.Fatal(err)
	}
}

func TestWaitCarrier(t *testing.T) {
	tests := []struct {
		name, driver string
		answers      []any // of the PHY: whether there is a link, or an error
		asked        int
	}{
		{"comes", "e1000", []any{false, false, true}, 3},
		{"there", "e1000", []any{true}, 1},
		{"cannot tell", "e1000", []any{unix.EOPNOTSUPP}, 1},
		{"another driver", "virtio_net", nil, 0},
		{"no driver", "", nil, 0},
		{"never", "e1000", []any{false, false, false, false, false}, 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			if test.driver != "" {
				f.onDriver(t, "eth0", test.driver)
			}
			asked := 0
			patience := make(chan time.Time)
			f.sys.carrier = func(name string) (bool, error) {
				answer := test.answers[asked]
				if asked++; asked == 4 {
					close(patience)
				}
				if err, failed := answer.(error); failed {
					return false, err
				}
				return answer.(bool), nil
			}
			f.sys.after = func(d time.Duration) <-chan time.Time {
				if d == carrierPatience {
					return patience
				}
				if asked == 4 {
					return nil
				}
				return time.After(0)
			}
			f.waitCarrier("eth0")
			if asked != test.asked {
				t.Errorf("asked the PHY %d times, want %d", asked, test.asked)
			}
		})
	}
}

// TestMiiRequest: the layout is that of the kernel's struct ifreq.
func TestMiiRequest(t *testing.T) {
	var r miiRequest
	if unsafe.Sizeof(r) != 40 || unsafe.Offsetof(r.phy) != 16 || unsafe.Offsetof(r.register) != 18 || unsafe.Offsetof(r.out) != 22 {
		t.Errorf("%+v has another layout", r)
	}
	if _, err := carrier("lo"); err == nil {
		t.Error("the loopback interface has a PHY")
	}
}
