package image

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/ovf"
)

// The hypervisors that an appliance can be for.
const (
	ForVirtualBox = string(ovf.VirtualBox)
	ForVMware     = string(ovf.VMware)
)

// Hypervisors lists them.
func Hypervisors() []string { return []string{ForVirtualBox, ForVMware} }

// ovaName is what the files of an appliance are called, with endings: the manifest
// must be called as the description is.
const ovaName = "machine"

// WriteOVA writes the machine as an appliance for a hypervisor: a tar archive of
// the description, the manifest with their checksums, and the disk, in this order
// (DMTF DSP0243 2.1.1, 5.3 "Distribution as a single file" and 5.1 "OVF package
// structure").
func (d *Disks) WriteOVA(ctx context.Context, w io.Writer, hypervisor string) error {
	vmdk, err := d.stream()
	if err != nil {
		return err
	}
	const diskName = ovaName + "-disk1.vmdk"
	description, err := d.ovf(ovf.Flavour(hypervisor), diskName)
	if err != nil {
		return err
	}
	hash := sha256.New()
	if err := content.Copy(ctx, hash, vmdk); err != nil {
		return errors.Wrap(err, "OVA: reading the disk")
	}
	manifest := fmt.Appendf(nil, "SHA256(%s.ovf)= %x\nSHA256(%s)= %x\n", ovaName, sha256.Sum256(description), diskName, hash.Sum(nil))
	archive := tar.NewWriter(w)
	for _, f := range []struct {
		name string
		content.Content
	}{{ovaName + ".ovf", content.Bytes(description)}, {ovaName + ".mf", content.Bytes(manifest)}, {diskName, vmdk}} {
		err := archive.WriteHeader(&tar.Header{
			Name: f.name, Mode: 0o644, Size: f.Size(), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
		})
		if err == nil {
			err = content.Copy(ctx, archive, f)
		}
		if err != nil {
			return errors.Wrapf(err, "OVA: writing %s", f.name)
		}
	}
	return errors.Wrap(archive.Close(), "OVA: ending the archive")
}
