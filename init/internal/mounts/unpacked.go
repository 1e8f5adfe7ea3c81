//go:build linux

package mounts

import (
	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// unpacked returns an error if the image was not unpacked in full. The kernel unpacks it
// into a root that may take half of the memory, says "Initramfs unpacking failed: write
// error" when that is full, and starts the init nevertheless (init/initramfs.c,
// do_populate_rootfs). What was unpacked last is missing then, and the program cut off.
func unpacked(root unix.Statfs_t) error {
	if root.Type != unix.TMPFS_MAGIC || root.Blocks == 0 || root.Bfree > 0 {
		return nil
	}
	return errors.Errorf("THE IMAGE DID NOT FIT INTO MEMORY, AND FILES OF IT ARE MISSING: more than %d MiB, which is half of the memory at the start: give the machine more",
		root.Blocks*uint64(root.Bsize)>>20)
}
