//go:build linux

package entropy

import (
	"encoding/base64"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// The kernel's files for hardware generators of random numbers
// (Documentation/admin-guide/hw_random.rst).
const (
	current = "sys/class/misc/hw_random/rng_current"
	device  = "dev/hwrng"
)

// hasHypervisorSeed returns nil if hypervisorSeed can read a seed. The error has
// [fs.ErrNotExist] in its chain if there is no generator of the hypervisor.
func hasHypervisorSeed(root fs.FS) error {
	name, err := fs.ReadFile(root, current)
	if err == nil && !strings.HasPrefix(string(name), "virtio_rng") {
		err = errors.Wrapf(os.ErrNotExist, "virtio-rng: the generator is %s", strings.TrimSpace(string(name)))
	}
	return err
}

// hypervisorSeed reads a seed from the hypervisor's generator, virtio-rng. It can be
// trusted: whoever runs the machine can read its memory too. The kernel also uses it,
// but only after a while. We leave other sources alone: the kernel decides how far to
// trust other hardware, and the command line whether to trust the processor's
// instruction (random.trust_cpu). The error is [fs.ErrNotExist] if there is no
// generator.
func hypervisorSeed(root fs.FS) (seed [kernelapi.SeedBytes]byte, err error) {
	file, err := root.Open(device)
	if err != nil {
		return seed, err
	}
	defer file.Close()
	_, err = io.ReadFull(file, seed[:])
	return seed, errors.Wrap(err, "reading from virtio-rng")
}

// parseSeed parses a configured seed: at least 32 random bytes in base64. Its errors do
// not show the seed.
func parseSeed(text string) (seed [kernelapi.SeedBytes]byte, err error) {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return seed, errors.New("the seed is not in base64")
	}
	if copy(seed[:], content) < kernelapi.SeedBytes {
		return seed, errors.Errorf("the seed has %d bytes, and needs %d", len(content), kernelapi.SeedBytes)
	}
	return seed, nil
}
