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

// Where the kernel shows its hardware generators of random numbers
// (Documentation/admin-guide/hw_random.rst).
const (
	current = "sys/class/misc/hw_random/rng_current"
	device  = "dev/hwrng"
)

// hasHypervisorSeed returns nil if hypervisorSeed has something to read. The error
// is [fs.ErrNotExist] if there is none.
func hasHypervisorSeed(root fs.FS) error {
	name, err := fs.ReadFile(root, current)
	if err == nil && !strings.HasPrefix(string(name), "virtio_rng") {
		err = errors.Wrapf(os.ErrNotExist, "virtio-rng: the generator is %s", strings.TrimSpace(string(name)))
	}
	return err
}

// hypervisorSeed reads a seed from the hypervisor's own generator, virtio-rng, which can
// be trusted: whoever runs the machine can read its memory as well. The kernel
// feeds itself from it, too, but takes its time. Of other hardware the kernel
// decides how far to trust it, and of the processor's instruction the command
// line does (random.trust_cpu). The error is [fs.ErrNotExist] if there is none.
func hypervisorSeed(root fs.FS) (seed [kernelapi.SeedBytes]byte, err error) {
	file, err := root.Open(device)
	if err != nil {
		return seed, err
	}
	defer file.Close()
	_, err = io.ReadFull(file, seed[:])
	return seed, errors.Wrap(err, "reading from virtio-rng")
}

// parseSeed reads a configured seed: 32 random bytes or more in base64. No error
// shows it.
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
