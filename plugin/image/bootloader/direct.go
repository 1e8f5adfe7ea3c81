package bootloader

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"strings"

	"github.com/pkg/errors"
)

//go:generate nasm -f bin -o direct/direct.bin direct/direct.asm

// directCode is the assembled direct/direct.asm.
//
//go:embed direct/direct.bin
var directCode []byte

// DirectSize is the size of the direct loader in bytes. The firmware loads all
// of it from a CD; it must stand both at the start of the image, and as the El
// Torito boot image.
const DirectSize = 6144

// Places in the direct loader: see direct/direct.asm.
const (
	directParameters  = 512
	directCommandLine = 4096
)

// Extent is where a file is in an image: its first sector, of 2048 bytes, and
// its size in bytes.
type Extent struct {
	Sector, Size uint32
}

// Direct is our own loader, which reads a kernel and its initramfs from where
// they are in the image, without looking at any file system, and starts it. From
// a drive on a PCI IDE controller, and a disk on an AHCI controller, it reads by
// the controller's DMA. It takes kernels of boot protocol 2.10 (Linux 2.6.31) or newer.
type Direct struct {
	Kernel, Initramfs Extent
	CommandLine       string
}

// Image returns the loader, of DirectSize, for a disk. It fails when the command
// line is not one the kernel can take.
func (d Direct) Image(disk Disk) ([]byte, error) {
	if err := checkCommandLine(d.CommandLine); err != nil {
		return nil, err
	}
	b := bytes.Clone(directCode)
	disk.write(b)
	for i, v := range []uint32{d.Kernel.Sector, d.Kernel.Size, d.Initramfs.Sector, d.Initramfs.Size} {
		binary.LittleEndian.PutUint32(b[directParameters+4*i:], v)
	}
	copy(b[directCommandLine:], d.CommandLine) // zeros follow
	return b, nil
}

// checkCommandLine fails unless the kernel can take the command line.
func checkCommandLine(line string) error {
	if strings.ContainsAny(line, "\n\r\x00") {
		return errors.Errorf("the kernel command line must be one line: %q", line)
	}
	if len(line) > maxCommandLine {
		return errors.Errorf("the kernel command line is %d characters too long, the kernel takes %d",
			len(line)-maxCommandLine, maxCommandLine)
	}
	return nil
}
