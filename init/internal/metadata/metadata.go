//go:build linux

// Package metadata asks the metadata service of the cloud that the machine runs in for
// what is this machine's own: its host name, SSH keys and user data. The services of the
// clouds, and how a cloud is recognized, belong here.
package metadata

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// budget is how long a machine waits for its address and its metadata.
const budget = 10 * time.Second

// address is where all clouds have the service: a link-local address (RFC 3927).
var address = netip.MustParseAddrPort("169.254.169.254:80")

// Service is a cloud's metadata service.
type Service struct {
	cloud   cloud
	address netip.AddrPort
	budget  time.Duration
}

// For returns the service that the configuration names, or that of the cloud by whose
// name the hypervisor's DMI goes. It is nil if there is none.
func For(k *kernelapi.Kernel, name string) (*Service, error) {
	if name == config.MetadataOff {
		return nil, nil
	}
	for _, c := range clouds() {
		if name == c.key || (name == "" || name == config.MetadataAuto) && c.runs(k) {
			return &Service{c, address, budget}, nil
		}
	}
	if name == "" || name == config.MetadataAuto {
		return nil, nil
	}
	return nil, errors.Errorf("metadata: %q is not known: use %s", name, strings.Join(config.MetadataSources(), ", "))
}

// Name is what people call the service.
func (s *Service) Name() string { return s.cloud.name }

// Files returns what the service knows about this machine in the form of a NoCloud seed
// disk's files meta-data and user-data. It waits for the machine's first address, but in
// all not longer than 10 s.
func (s *Service) Files(online <-chan struct{}) (map[string][]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.budget)
	defer cancel()
	select {
	case <-online:
	case <-ctx.Done():
		return nil, errors.Errorf("%s cannot be asked: there is no address after %s", s.Name(), s.budget)
	}
	d, err := s.cloud.read(session{ctx, s.address})
	if err != nil {
		return nil, errors.Wrapf(err, "asking %s", s.Name())
	}
	return d.files()
}

// document is what a service says.
type document struct {
	hostname string   // with or without a domain
	keys     []string // in the form of authorized_keys
	userData string
}

// files has the host's name without its domain: sethostname(2) allows 64 bytes.
func (d document) files() (map[string][]byte, error) {
	name, _, _ := strings.Cut(d.hostname, ".")
	meta, err := json.Marshal(struct {
		Hostname string   `json:"local-hostname,omitempty"`
		Keys     []string `json:"public-keys,omitempty"`
	}{name, d.keys})
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"meta-data": meta, "user-data": []byte(d.userData)}, nil
}
