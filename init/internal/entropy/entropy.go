//go:build linux

// Package entropy sees to it that the machine has random numbers. What enters here
// is where they can come from.
package entropy

import (
	"os"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// slow is a wait for random numbers that is worth a line.
const slow = 3 * time.Second

// patience is how long the hypervisor's generator may take, which is microseconds
// as a rule. Reading it has no end of its own.
const patience = 100 * time.Millisecond

// Prepare sees to it that, where possible, the program need not wait for random
// numbers. A processor with an instruction for them, which the kernel trusts, has
// them before this. Otherwise they come from the hypervisor's generator, or from a
// seed that the hypervisor was given for this start. Failing that, the kernel
// gathers some while the machine waits for its address. The kernel mixes in the
// date, so that a seed used twice makes other numbers (drivers/char/random.c,
// random_init).
func Prepare(k *kernelapi.Kernel, r report.Reporter, c config.Entropy) error {
	if k.Entropy.Ready() {
		return nil
	}
	seed, err := promptSeed(k, r)
	if err == nil {
		return k.Entropy.Credit(seed)
	}
	if text := c.Seed; text != "" {
		configured, err := parseSeed(text)
		if err == nil {
			return k.Entropy.Credit(configured)
		}
		r.Report("entropy", err)
	}
	report.Go(r, "entropy", func() { wait(k, r) })
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// promptSeed returns the hypervisor's seed, unless the hypervisor is at a loss for
// random numbers itself, or gives them out sparingly. What it gives later still
// counts.
func promptSeed(k *kernelapi.Kernel, r report.Reporter) (seed [kernelapi.SeedBytes]byte, err error) {
	if err := hasHypervisorSeed(os.DirFS(k.Root)); err != nil {
		return seed, err
	}
	type result struct {
		seed [kernelapi.SeedBytes]byte
		err  error
	}
	results := make(chan result, 1)
	report.Go(r, "entropy", func() {
		seed, err := hypervisorSeed(os.DirFS(k.Root))
		results <- result{seed, err}
	})
	select {
	case got := <-results:
		return got.seed, got.err
	case <-k.After(patience):
	}
	report.Go(r, "entropy", func() {
		got := <-results
		if got.err == nil {
			got.err = k.Entropy.Credit(got.seed)
		}
		if got.err != nil {
			r.Report("entropy", got.err)
		}
	})
	return seed, errors.Errorf("virtio-rng has given nothing for %s: not waiting for it", patience)
}

func wait(k *kernelapi.Kernel, r report.Reporter) {
	started := k.Uptime()
	err := k.Entropy.Wait()
	switch took := k.Uptime() - started; {
	case err != nil:
		r.Report("entropy", err)
	case took >= slow:
		r.Report("entropy", errors.Errorf("there were no random numbers for %s: give the machine virtio-rng, "+
			"or a processor with RDRAND", took.Round(time.Millisecond)))
	}
}
