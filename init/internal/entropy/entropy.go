//go:build linux

// Package entropy gives the machine random numbers. The sources of random numbers
// belong here.
package entropy

import (
	"os"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// slow is how long a wait for random numbers must be to be reported.
const slow = 3 * time.Second

// patience is how long the hypervisor's generator may take. It usually takes
// microseconds, but reading it may block without end.
const patience = 100 * time.Millisecond

// Prepare makes random numbers available early, so that the program need not wait for
// them. If the processor has an instruction for them that the kernel trusts, they are
// there already. Otherwise Prepare takes a seed from the hypervisor's generator, or the
// seed that the hypervisor was given for this start. If there is neither, the kernel
// gathers random numbers while the machine waits for its address. The kernel mixes in
// the date, so that a seed that is used twice gives different numbers
// (drivers/char/random.c, random_init).
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

// promptSeed returns a seed from the hypervisor's generator if it answers in time. A
// generator may lack random numbers itself, or limit their rate. A seed that comes
// later is still credited.
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
