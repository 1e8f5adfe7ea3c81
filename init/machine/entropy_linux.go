package machine

import (
	"os"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/entropy"
)

// entropySystem is what the entropy stage asks of the kernel.
type entropySystem struct {
	ready  func() bool
	wait   func() error
	credit func([32]byte) error
}

func linuxEntropy() entropySystem {
	return entropySystem{entropy.Ready, entropy.Wait, entropy.Credit}
}

// slowEntropy is a wait for random numbers that is worth a line.
const slowEntropy = 3 * time.Second

// entropy sees to it that the program need not wait for random numbers, if it
// can be helped. A processor with an instruction for them, which the kernel
// trusts, has them before this; else the hypervisor's are taken, and else the
// kernel gathers some while the machine waits for its address. A seed that the
// hypervisor was told for this start counts as its own generator does. The kernel
// adds the date, so that one which is given twice makes other numbers
// (drivers/char/random.c, random_init).
func (p *pid1) entropy() error {
	if p.sys.entropy.ready() {
		return nil
	}
	seed, err := entropy.Seed(os.DirFS(p.sys.root))
	if err == nil {
		return p.sys.entropy.credit(seed)
	}
	if text := p.config.Entropy.Seed; text != "" {
		given, err := entropy.Given(text)
		if err == nil {
			return p.sys.entropy.credit(given)
		}
		p.report("entropy", err)
	}
	p.background("entropy", p.awaitEntropy)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func (p *pid1) awaitEntropy() {
	started := p.sys.uptime()
	err := p.sys.entropy.wait()
	switch took := p.sys.uptime() - started; {
	case err != nil:
		p.report("entropy", err)
	case took >= slowEntropy:
		p.report("entropy", errors.Errorf("there were no random numbers for %s: give the machine virtio-rng, "+
			"or a processor with RDRAND", took.Round(time.Millisecond)))
	}
}
