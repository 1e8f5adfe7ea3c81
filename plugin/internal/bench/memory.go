package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
)

const (
	// leastMemory and enoughMemory bound the search, in MiB.
	leastMemory, enoughMemory = 32, 128
	// silence is how long a machine with too little memory is waited for.
	silence = time.Minute
)

// memory finds the least memory with which our ISO image boots and serves, by how
// the kernel is packed.
func (b *bench) memory(ctx context.Context) error {
	for _, payload := range []string{original, lz4} {
		if _, err := b.ours(ctx, payload); err != nil {
			return err
		}
		low, high := leastMemory, enoughMemory
		for low < high {
			middle := (low + high) / 2
			if b.serves(ctx, payload, middle) {
				high = middle
			} else {
				low = middle + 1
			}
		}
		fmt.Fprintf(b.out, "| %s, %s | %d MiB |\n", filepath.Base(b.kernel), payload, high)
	}
	return nil
}

// serves tells whether our ISO image answers with so much memory.
func (b *bench) serves(ctx context.Context, payload string, mib int) bool {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	v, err := vm.Start(ctx, vm.Options{CDROM: filepath.Join(b.dir, payload+".iso"), MemoryMiB: mib})
	if err != nil {
		return false
	}
	defer v.Stop()
	_, err = v.Get(ctx, "/")
	return err == nil
}
