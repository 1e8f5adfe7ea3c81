package machine

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/dhcp4"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// fake is a machine whose kernel a test plays.
type fake struct {
	*pid1
	*kernelfake.Kernel
	offered atomic.Pointer[[]netip.Addr] // time servers
}

func newFake(t *testing.T) *fake {
	t.Helper()
	k := kernelfake.New(t)
	f := &fake{pid1: newPID1(k.Kernel, setup{}), Kernel: k}
	f.wire.exchange4 = func(context.Context, string, dhcp4.Question) (*dhcpv4.DHCPv4, error) {
		return nil, errors.New("no answer")
	}
	f.wire.announce = func(index int, _ net.HardwareAddr, a netip.Addr) error {
		return k.Interfaces.Note(fmt.Sprintf("announce %d %s", index, a))
	}
	f.offered.Store(&[]netip.Addr{})
	f.offerTime = func(servers []netip.Addr) { f.offered.Store(&servers) }
	f.AddConsole(&k.Screen)
	return f
}

// Printf and Report are the machine's, not the fake kernel's.
func (f *fake) Printf(format string, args ...any)   { f.pid1.Printf(format, args...) }
func (f *fake) Report(what string, err error)       { f.pid1.Report(what, err) }
func (f *fake) stage(name string, run func() error) { f.pid1.stage(name, run) }

// shown is what is on the console by now.
func (f *fake) shown() string {
	f.Flush(5 * time.Second)
	return f.Shown()
}

func (f *fake) wantShown(t *testing.T, want ...string) {
	t.Helper()
	f.shown()
	f.WantShown(t, want...)
}
