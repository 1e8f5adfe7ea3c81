//go:build linux

package network

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWaitCarrier(t *testing.T) {
	tests := []struct {
		name, driver string
		answers      []any // the PHY's: whether there is a link, or an error
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
			f := newMachine(t)
			if test.driver != "" {
				f.SetDriver(t, "eth7", test.driver)
			}
			asked := 0
			patience := make(chan time.Time)
			f.Carrier = func(name string) (bool, error) {
				answer := test.answers[asked]
				if asked++; asked == 4 {
					close(patience)
				}
				if err, failed := answer.(error); failed {
					return false, err
				}
				return answer.(bool), nil
			}
			f.After = func(d time.Duration) <-chan time.Time {
				if d == carrierPatience {
					return patience
				}
				if asked == 4 {
					return nil
				}
				return time.After(0)
			}
			f.waitCarrier("eth7")
			if asked != test.asked {
				t.Errorf("asked the PHY %d times, want %d", asked, test.asked)
			}
		})
	}
}
