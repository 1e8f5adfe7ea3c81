//go:build linux

package modules

import (
	"os"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi/kernelfake"
)

func TestLoad(t *testing.T) {
	f := kernelfake.New(t)
	f.Failures["load b.ko"] = unix.EEXIST
	f.Failures["load c.ko"] = unix.ENOEXEC
	New(f.Kernel, f).Load([]string{"/m/a.ko", "/m/b.ko", "/m/c.ko", "/m/d.ko"})
	if want := "load a.ko, load b.ko, load c.ko, load d.ko"; f.Called() != want {
		t.Errorf("%s, want %s", f.Called(), want)
	}
	f.WantShown(t, "machine: modules: loading /m/c.ko (was it made for another kernel, or is it compressed?): exec format error")
	if strings.Contains(f.Shown(), "b.ko") {
		t.Error("a module that is there already is reported")
	}
}

// Lists in the form in which depmod and the bake write them.
const (
	deps = `virtio.ko:
virtio_pci.ko: virtio.ko
virtio-net.ko: net_failover.ko failover.ko virtio.ko
failover.ko:
net_failover.ko: failover.ko
e1000.ko:
libata.ko: scsi_mod.ko
scsi_mod.ko:
ata_piix.ko: libata.ko scsi_mod.ko
sr_mod.ko: cdrom.ko scsi_mod.ko
cdrom.ko:
`
	aliases = `# Aliases extracted from modules themselves.
alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci
alias virtio:d00000001v* virtio_net
alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000
alias pci:v00008086d00007010sv*sd*bc*sc*i* ata_piix
alias scsi:t-0x05* sr_mod
alias block-major-11-* sr_mod
alias net-pf-17 nobody
`
)

// withDevices returns a kernel with the lists and these devices, by their paths below
// /sys/bus.
func withDevices(t *testing.T, devices map[string]string) *kernelfake.Kernel {
	f := kernelfake.New(t)
	f.WriteFile(t, "/lib/modules/6.1.0-test/modules.dep", deps)
	f.WriteFile(t, "/lib/modules/6.1.0-test/modules.alias", aliases)
	for device, name := range devices {
		f.WriteFile(t, "/sys/bus/"+device+"/modalias", name+"\n")
	}
	return f
}

const (
	virtioCard = "pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00"
	intelCard  = "pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00"
	ideDrives  = "pci:v00008086d00007010sv00001AF4sd00001100bc01sc01i80"
)

func TestLoadForDevices(t *testing.T) {
	tests := []struct {
		name    string
		devices map[string]string
		appear  map[string]map[string]string // devices by the module that brings them
		want    string
	}{
		{"none", map[string]string{"pci/devices/0000:00:00.0": "pci:v00008086d00001237sv*"}, nil, ""},
		{"a card", map[string]string{"pci/devices/0000:00:03.0": intelCard}, nil, "load e1000.ko"},
		{"a bus's device, before what comes later in the list", map[string]string{"pci/devices/0000:00:01.1": ideDrives, "pci/devices/0000:00:03.0": virtioCard},
			map[string]map[string]string{
				"virtio_pci.ko": {"virtio/devices/virtio0": "virtio:d00000001v00001AF4"},
				"ata_piix.ko":   {"scsi/devices/1:0:0:0": "scsi:t-0x05", "scsi/devices/host0": ""},
			},
			"load virtio.ko, load virtio_pci.ko, load failover.ko, load net_failover.ko, load virtio-net.ko, " +
				"load scsi_mod.ko, load libata.ko, load ata_piix.ko, load cdrom.ko, load sr_mod.ko"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := withDevices(t, test.devices)
			load := f.LoadModule
			f.LoadModule = func(path string) error {
				for device, name := range test.appear[path[strings.LastIndex(path, "/")+1:]] {
					f.WriteFile(t, "/sys/bus/"+device+"/modalias", name)
				}
				return load(path)
			}
			if err := New(f.Kernel, f).LoadForDevices(); err != nil || f.Called() != test.want {
				t.Errorf("%s, %v, want %s", f.Called(), err, test.want)
			}
		})
	}
}

// TestDeviceAppears: the driver of a device that is plugged in later is loaded.
func TestDeviceAppears(t *testing.T) {
	f := withDevices(t, nil)
	l := New(f.Kernel, f)
	if err := l.LoadForDevices(); err != nil || f.Called() != "" {
		t.Fatal(f.Called(), err)
	}
	f.Devices <- "pci:v00008086d00001237sv"
	f.Devices <- intelCard
	f.Devices <- intelCard
	f.Devices <- "" // once this is received, the earlier ones have been handled
	l.lock.Lock()
	defer l.lock.Unlock()
	if f.Called() != "load e1000.ko" {
		t.Error(f.Called())
	}
}

// TestLists: a machine without lists loads nothing. Damaged lists do not keep other
// devices from their drivers.
func TestLists(t *testing.T) {
	f := kernelfake.New(t)
	f.Failures["watch devices"] = unix.EPROTONOSUPPORT
	l := New(f.Kernel, f)
	if err := l.LoadForDevices(); err != nil || f.Called() != "" || f.Shown() != "" {
		t.Error(f.Called(), f.Shown(), err)
	}
	f.WriteFile(t, "/lib/modules/6.1.0-test/modules.dep", deps)
	if err := l.LoadForDevices(); !os.IsNotExist(errors.Cause(err)) {
		t.Error(err)
	}
	f.WriteFile(t, "/lib/modules/6.1.0-test/modules.alias", "alias\n\x00\nalias pci:[ e1000\nalias pci:v* nobody\nalias pci:v1* e1000\n")
	f.WriteFile(t, "/sys/bus/pci/devices/1/modalias", "pci:v1234")
	if err := l.LoadForDevices(); err != nil || f.Called() != "load e1000.ko" {
		t.Error(f.Called(), err)
	}
	f.WantShown(t, "machine: modules: watching for devices that appear later: protocol not supported")
}

// FuzzLists: no list and no device's alias makes the init panic.
func FuzzLists(f *testing.F) {
	f.Add(deps, aliases, virtioCard)
	f.Add("a.ko: ../../etc/x\n", "alias usb:v[0-9]* a\n", "usb:v1")
	f.Fuzz(func(t *testing.T, deps, aliases, device string) {
		for _, d := range parseLists(deps, aliases) {
			d.fits(device)
		}
	})
}
