//go:build linux

package machineid

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

func TestWrite(t *testing.T) {
	const random = "01010101010101010101010101010101\n"
	for uuid, want := range map[string]string{
		"4C4c4544-0042-3510-8058-b7c04f303333\n": "4c4c4544004235108058b7c04f303333\n",
		"":                                       random,
		"00000000-0000-0000-0000-000000000000\n": random,
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\n": random,
		"Not Settable\n":                         random,
		"4c4c4544-0042\n":                        random,
	} {
		k := kernelfake.New(t)
		k.WriteFile(t, "etc/hostname", "")
		k.Entropy.Fill = func(b []byte) error {
			for i := range b {
				b[i] = 1
			}
			return nil
		}
		if uuid != "" {
			k.WriteFile(t, productUUID, uuid)
		}
		if err := Write(k.Kernel); err != nil || k.Content(t, path) != want {
			t.Errorf("%q: got %q, %v", uuid, k.Content(t, path), err)
		}
	}
	k := kernelfake.New(t)
	k.Entropy.Fill = func([]byte) error { return unix.ENOSYS }
	if err := Write(k.Kernel); err == nil {
		t.Error("without random numbers there is an id")
	}
}
