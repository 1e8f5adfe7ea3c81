// Package box writes Vagrant boxes: a compressed tar archive of a machine's
// description and its disk.
package box

import (
	"archive/tar"
	"encoding/json"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/pkg/errors"
)

// Box is a box for VirtualBox.
type Box struct {
	// Provider is Vagrant's name of the hypervisor, "virtualbox".
	Provider string
	// Architecture is the guest's, in Go's terms. Vagrant 2.4 and the box
	// registries read it.
	Architecture string
	// Vagrantfile is merged below the user's own.
	Vagrantfile []byte
	// OVF describes the machine and names the disk.
	OVF []byte
	// Disk is the VMDK.
	Disk []byte
}

const (
	// Vagrant asks VirtualBox to import just this name.
	ovfName = "box.ovf"
	// DiskName is what the OVF must call the disk.
	DiskName = "box-disk001.vmdk"
)

// gzipLevel: the disk in the box is compressed already, but for the padding of
// its grains, which only the levels that look far find.
const gzipLevel = 8

// diskHeader is the part of a VMDK before its first grain, nearly all zeros.
const diskHeader = 64 << 10

// Write writes the box as a USTAR archive, gzip'ed. No user, clock or path of
// this host reaches it. The metadata comes first, since it is what the
// registries look for in an archive of any size.
func Write(w io.Writer, b Box) error {
	metadata, err := json.Marshal(map[string]string{"architecture": b.Architecture, "provider": b.Provider})
	if err != nil {
		return errors.Wrap(err, "box: writing metadata.json")
	}
	z, err := gzip.NewWriterLevel(w, gzipLevel)
	if err != nil {
		return errors.Wrap(err, "box: setting the gzip level")
	}
	z.ModTime = time.Unix(0, 0) // written as 0, "no time stamp" (RFC 1952, 2.3.1)
	archive := tar.NewWriter(z)
	for _, f := range []struct {
		name    string
		content []byte
	}{
		{"metadata.json", append(metadata, '\n')},
		{"Vagrantfile", b.Vagrantfile},
		{ovfName, b.OVF},
		{DiskName, b.Disk},
	} {
		if err := add(archive, z, f.name, f.content); err != nil {
			return errors.Wrapf(err, "box: writing %s", f.name)
		}
	}
	if err := archive.Close(); err != nil {
		return errors.Wrap(err, "box: ending the archive")
	}
	return errors.Wrap(z.Close(), "box: compressing")
}

// add writes one file. z is flushed before a disk's grains, as what shares a
// block with them would not be compressed.
func add(archive *tar.Writer, z *gzip.Writer, name string, content []byte) error {
	err := archive.WriteHeader(&tar.Header{
		Name: name, Mode: 0o644, Size: int64(len(content)),
		ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
	})
	if err != nil {
		return err
	}
	head := min(len(content), diskHeader)
	if _, err := archive.Write(content[:head]); err != nil {
		return err
	}
	if err := z.Flush(); err != nil {
		return err
	}
	_, err = archive.Write(content[head:])
	return err
}
