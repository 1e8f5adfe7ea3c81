package box

import "github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"

// The names that Vagrant's providers look for in a box.
const (
	ovfName = "box.ovf" // VirtualBox is asked to import just this
	// DiskName is what the OVF must call the disk.
	DiskName = "box-disk001.vmdk"
	imgName  = "box.img"
	// VMware finds the machine by the ending, and the disk by the machine.
	vmxName = "box.vmx"
	// VMwareDiskName is what the VMX, and the disk itself, must call the disk.
	VMwareDiskName = "box.vmdk"
)

// VirtualBox is a box for VirtualBox. The architecture, in Go's terms, is read
// by Vagrant 2.4 and the registries. The Vagrantfile is merged below the user's
// own. The OVF describes the machine and names the disk, a VMDK.
func VirtualBox(architecture string, vagrantfile, ovf []byte, vmdk content.Content) Box {
	return Box{
		metadata: map[string]any{"architecture": architecture, "provider": "virtualbox"},
		files:    []file{inMemory("Vagrantfile", vagrantfile), inMemory(ovfName, ovf), {DiskName, vmdk}},
	}
}

func inMemory(name string, b []byte) file { return file{name, content.Bytes(b)} }

// Libvirt is a box for libvirt, in the form that every vagrant-libvirt reads (its
// docs, "Box Format", version 1), and vagrant-qemu as well. All of the machine but
// its disk, a qcow2 of capacity bytes, is in the Vagrantfile.
func Libvirt(architecture string, vagrantfile []byte, qcow2 content.Content, capacity int64) Box {
	const gib = 1 << 30
	return Box{
		metadata: map[string]any{
			"architecture": architecture, "provider": "libvirt", "format": "qcow2",
			"virtual_size": (capacity + gib - 1) / gib,
		},
		files: []file{inMemory("Vagrantfile", vagrantfile), {imgName, qcow2}},
	}
}

// VMware is a box for VMware Workstation and Fusion (vagrant-vmware-desktop). The
// VMX describes the machine and names the disk, a monolithicSparse VMDK.
func VMware(architecture string, vagrantfile, vmx []byte, vmdk content.Content) Box {
	return Box{
		metadata: map[string]any{"architecture": architecture, "provider": "vmware_desktop"},
		files:    []file{inMemory("Vagrantfile", vagrantfile), inMemory(vmxName, vmx), {VMwareDiskName, vmdk}},
	}
}
