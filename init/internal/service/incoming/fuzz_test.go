//go:build linux

package incoming

import (
	"bytes"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

// FuzzCheck: whatever is pushed, there is an answer, and no panic. What is taken for a
// program has an ELF header.
func FuzzCheck(f *testing.F) {
	f.Add(header())
	f.Add(dynamic("/lib64/there.so"))
	f.Add([]byte("#!/bin/sh\n"))
	k := kernelfake.New(f)
	f.Fuzz(func(t *testing.T, image []byte) {
		if err := check(k.Kernel, bytes.NewReader(image)); err == nil && len(image) < headerSize {
			t.Errorf("%q can run", image)
		}
	})
}
