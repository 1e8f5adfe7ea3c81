package box

import "github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/disk"

// The names that Vagrant's providers look for in a box.
const (
	ovfName = "box.ovf" // VirtualBox is asked to import just this
	// DiskName is what the OVF must call the disk.
	DiskName = "box-disk001.vmdk"
	imgName  = "box.img"
)

// vmdkHead is the part of a VMDK before its first grain, in bytes.
const vmdkHead = 64 << 10

// VirtualBox is a box for VirtualBox. The architecture, in Go's terms, is read
// by Vagrant 2.4 and the registries. The Vagrantfile is merged below the user's
// own. The OVF describes the machine and names the disk, a VMDK.
func VirtualBox(architecture string, vagrantfile, ovf, vmdk []byte) Box {
	disk := inMemory(DiskName, vmdk)
	disk.head = vmdkHead
	return Box{
		metadata: map[string]any{"architecture": architecture, "provider": "virtualbox"},
		files:    []file{inMemory("Vagrantfile", vagrantfile), inMemory(ovfName, ovf), disk},
	}
}

// Libvirt is a box for libvirt, in the form that every vagrant-libvirt reads (its
// docs, "Box Format", version 1). All of the machine but its disk is in the
// Vagrantfile.
func Libvirt(architecture string, vagrantfile []byte, qcow2 *disk.QCOW2) Box {
	const gib = 1 << 30
	return Box{
		metadata: map[string]any{
			"architecture": architecture, "provider": "libvirt", "format": "qcow2",
			"virtual_size": (qcow2.Capacity() + gib - 1) / gib,
		},
		files: []file{
			inMemory("Vagrantfile", vagrantfile),
			{name: imgName, size: qcow2.Size(), head: qcow2.Head(), content: qcow2},
		},
	}
}
