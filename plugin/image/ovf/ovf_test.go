package ovf

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// machines are those of the golden files.
func machines() map[string]Machine {
	m := Machine{Flavour: VirtualBox, Name: "scratchmachine", Arch: "amd64", CPUs: 1, MemoryMiB: 128, Card: "virtio",
		Disk: Disk{File: "box-disk001.vmdk", Capacity: 13631488}}
	e1000, arm64, vmware := m, m, m
	e1000.Card = "e1000"
	arm64.Arch, arm64.MemoryMiB = "arm64", 256
	vmware.Flavour, vmware.Card = VMware, "vmxnet3"
	return map[string]Machine{"box.ovf": m, "e1000.ovf": e1000, "arm64.ovf": arm64, "vmware.ovf": vmware}
}

func render(t *testing.T, m Machine) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestGolden(t *testing.T) {
	for name, m := range machines() {
		golden, got := filepath.Join("testdata", name), render(t, m)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Error(diff)
		}
	}
}

// envelope is what VirtualBox's import reads, by our own words.
type envelope struct {
	File struct {
		ID   string `xml:"id,attr"`
		Href string `xml:"href,attr"`
	} `xml:"References>File"`
	Disk struct {
		ID       string `xml:"diskId,attr"`
		FileRef  string `xml:"fileRef,attr"`
		Capacity int64  `xml:"capacity,attr"`
		UUID     string `xml:"uuid,attr"`
	} `xml:"DiskSection>Disk"`
	Network struct {
		Name string `xml:"name,attr"`
	} `xml:"NetworkSection>Network"`
	System struct {
		ID    string `xml:"id,attr"`
		Items []struct {
			ID           string `xml:"InstanceID"`
			Parent       string `xml:"Parent"`
			Type         int    `xml:"ResourceType"`
			HostResource string `xml:"HostResource"`
			Connection   string `xml:"Connection"`
			Quantity     int    `xml:"VirtualQuantity"`
		} `xml:"VirtualHardwareSection>Item"`
		Machine struct {
			Name  string `xml:"name,attr"`
			Image struct {
				UUID string `xml:"uuid,attr"`
			} `xml:"Hardware>StorageControllers>StorageController>AttachedDevice>Image"`
			Memory struct {
				Size int `xml:"RAMSize,attr"`
			} `xml:"Hardware>Memory"`
			CPU struct {
				Count int `xml:"count,attr"`
			} `xml:"Hardware>CPU"`
		} `xml:"Machine"`
	} `xml:"VirtualSystem"`
}

// TestReferences follows every reference in the document. An import fails on
// the one between the two parts that describe the disk, and only at its end.
func TestReferences(t *testing.T) {
	m := Machine{Flavour: VirtualBox, Arch: "amd64", Card: "e1000", Name: `a <"machine"> & more`, CPUs: 2, MemoryMiB: 512, Disk: Disk{File: "a&b.vmdk", Capacity: 4096}}
	var e envelope
	if err := xml.Unmarshal(render(t, m), &e); err != nil {
		t.Fatal(err)
	}
	if e.File.Href != m.Disk.File || e.Disk.FileRef != e.File.ID || e.Disk.Capacity != m.Disk.Capacity {
		t.Errorf("the disk %+v does not refer to the file %+v", e.Disk, e.File)
	}
	if e.System.ID != m.Name || e.System.Machine.Name != m.Name {
		t.Errorf("names: %q, %q", e.System.ID, e.System.Machine.Name)
	}
	if "{"+e.Disk.UUID+"}" != e.System.Machine.Image.UUID {
		t.Errorf("the disk's UUID is %s in one place, %s in the other", e.Disk.UUID, e.System.Machine.Image.UUID)
	}
	if e.System.Machine.Memory.Size != 512 || e.System.Machine.CPU.Count != 2 {
		t.Errorf("VirtualBox's element has %+v, %+v", e.System.Machine.Memory, e.System.Machine.CPU)
	}
	ids := map[string]int{}
	for _, item := range e.System.Items {
		ids[item.ID] = item.Type
	}
	for _, item := range e.System.Items {
		switch item.Type {
		case 3: // processor
			check(t, item.Quantity == 2, "the processors")
		case 4: // memory
			check(t, item.Quantity == 512, "the memory")
		case 10: // network card
			check(t, item.Connection == e.Network.Name, "the network card's network")
		case 17: // disk
			check(t, item.HostResource == "ovf:/disk/"+e.Disk.ID, "the disk's resource")
			check(t, ids[item.Parent] == 20, "the disk's controller")
		}
	}
	if len(ids) != 5 {
		t.Errorf("the items' ids are not unique: %v", ids)
	}
}

func check(t *testing.T, ok bool, what string) {
	t.Helper()
	if !ok {
		t.Errorf("wrong: %s", what)
	}
}

func TestWriteRefusesAnIncompleteMachine(t *testing.T) {
	whole := machines()
	cardless, foreign := whole["box.ovf"], whole["vmware.ovf"]
	cardless.Card, foreign.Arch = "vmxnet3", "arm64"
	for want, m := range map[string]Machine{
		"incomplete": {Name: "x"}, `no network card "vmxnet3" for virtualbox`: cardless, "no description of a machine of arm64 for vmware": foreign,
	} {
		if err := Write(&bytes.Buffer{}, m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
