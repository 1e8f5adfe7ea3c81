package machine

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// TestPace: when a question is asked again, in milliseconds after the first
// time, while an answer is waited for.
func TestPace(t *testing.T) {
	const hasty = "50 100 150 200 250 300 350 400 450 500 550 600 650 700 750 800 850 900 950 1000" +
		" 1050 1100 1150 1200 1250 1300 1350 1400 1450 1500 1550 1600 1700 1900 2300 3100 4700 7900"
	tests := []struct {
		name string
		own  net.IP
		want string
	}{
		{"a machine without an address", nil, hasty},
		{"one that fills in zeros", net.IPv4zero, hasty},
		{"one that has an address", net.IPv4(10, 0, 2, 15), "250 500 1000 2000 4000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var clock time.Duration
			var got []string
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			after := func(d time.Duration) <-chan time.Time {
				if clock += d; clock >= answer4 {
					cancel()
					return nil
				}
				passed := make(chan time.Time, 1)
				passed <- time.Time{}
				return passed
			}
			paceOf(&dhcpv4.DHCPv4{ClientIPAddr: test.own}).repeat(ctx, after, func() {
				got = append(got, fmt.Sprint(clock.Milliseconds()))
			})
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
