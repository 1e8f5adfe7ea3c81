//go:generate go tool packer-sdc mapstructure-to-hcl2 -type Network

package postprocessor

import (
	"net/netip"
	"slices"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Network is the machine's address on its one interface.
type Network struct {
	// The interface. Defaults to `eth0`.
	Interface string `mapstructure:"interface"`
	// Asks a DHCP server for address, gateway and name servers. Not with
	// `address` and `gateway`. The kernel must have raw sockets: some need the
	// module `af_packet`.
	DHCP bool `mapstructure:"dhcp"`
	// The address with its prefix length. Defaults to `10.0.2.15/24`.
	Address string `mapstructure:"address"`
	// The default gateway. Defaults to `10.0.2.2` if `address` is not given.
	Gateway string `mapstructure:"gateway"`
	// The name servers. Defaults to `10.0.2.3` if `address` is not given.
	DNS []string `mapstructure:"dns"`
}

func (n Network) validate() []error {
	var errs []error
	if n.DHCP && (n.Address != "" || n.Gateway != "") {
		errs = append(errs, errors.New("network: dhcp and address or gateway are both given: the server names them"))
	}
	if n.Address != "" {
		if prefix, err := netip.ParsePrefix(n.Address); err != nil || !prefix.Addr().Is4() {
			errs = append(errs, errors.Errorf("network: address must be an IPv4 address with its prefix length, such as 10.0.2.15/24, not %q", n.Address))
		}
	}
	for _, address := range append(slices.Clone(n.DNS), n.Gateway) {
		if _, err := netip.ParseAddr(address); address != "" && err != nil {
			errs = append(errs, errors.Errorf("network: gateway and dns must be IP addresses, not %q", address))
		}
	}
	return errs
}

// guest is what the machine itself is told.
func (n Network) guest() config.Network {
	guest := config.Default().Network
	one := &guest.Interfaces[0]
	if n.Interface != "" {
		one.Name = n.Interface
	}
	if n.DHCP {
		*one = config.Interface{Name: one.Name, DHCP: true}
		guest.DNS = nil
	}
	if n.Address != "" {
		one.Addresses, one.Routes = []string{n.Address}, nil
		guest.DNS = nil
	}
	if n.Gateway != "" {
		one.Routes = []config.Route{{Via: n.Gateway}}
	}
	if len(n.DNS) > 0 {
		guest.DNS = n.DNS
	}
	return guest
}
