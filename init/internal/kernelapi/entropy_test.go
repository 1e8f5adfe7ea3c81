//go:build linux

package kernelapi

import (
	"crypto/rand"
	"errors"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/abitest"
)

// TestReady: a machine that runs tests has had random numbers for long.
func TestReady(t *testing.T) {
	if !entropyReady() {
		t.Error("not ready")
	}
	if err := waitEntropy(); err != nil {
		t.Error(err)
	}
}

// TestEntropyABI: our structures match the kernel's headers.
func TestEntropyABI(t *testing.T) {
	var p poolInfo
	abitest.Check(t, "linux/random.h", []abitest.Value{
		{C: "offsetof(struct rand_pool_info, entropy_count)", Go: unsafe.Offsetof(p.entropyCount)},
		{C: "sizeof(((struct rand_pool_info *)0)->entropy_count)", Go: unsafe.Sizeof(p.entropyCount)},
		{C: "offsetof(struct rand_pool_info, buf_size)", Go: unsafe.Offsetof(p.bufSize)},
		{C: "sizeof(((struct rand_pool_info *)0)->buf_size)", Go: unsafe.Sizeof(p.bufSize)},
		{C: "offsetof(struct rand_pool_info, buf)", Go: unsafe.Offsetof(p.buf)},
		{C: "RNDADDENTROPY", Go: unix.RNDADDENTROPY},
		{C: "sizeof(struct rand_pool_info)", Go: unsafe.Sizeof(p) - SeedBytes},
	})
}

// TestCredit: the kernel accepts a seed from root.
func TestCredit(t *testing.T) {
	var seed [SeedBytes]byte
	_, _ = rand.Read(seed[:]) // a fixed seed would harm the pool of this machine
	err := creditEntropy(seed)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skip("only root may")
	}
	if err != nil {
		t.Error(err)
	}
}
