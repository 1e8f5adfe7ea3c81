package vmx

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func machines() map[string]Machine {
	return map[string]Machine{
		"amd64.vmx": {Name: "scratchmachine", Arch: "amd64", CPUs: 1, MemoryMiB: 128, Card: "vmxnet3", Disk: "disk.vmdk"},
		"arm64.vmx": {Name: "scratchmachine", Arch: "arm64", CPUs: 2, MemoryMiB: 256, Card: "e1000e", Disk: "disk.vmdk"},
	}
}

func render(t *testing.T, m Machine) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for name, m := range machines() {
		golden, got := filepath.Join("testdata", name), render(t, m)
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Error(diff)
		}
	}
}

// parse reads a VMX as VMware does: keys in any case, each once, and values in
// quotes with |XX for a character.
func parse(t *testing.T, text string) map[string]string {
	t.Helper()
	values := map[string]string{}
	line := regexp.MustCompile(`^([.:A-Za-z0-9]+) = "([^"]*)"$`)
	escaped := regexp.MustCompile(`\|[0-9A-F]{2}`)
	for _, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		m := line.FindStringSubmatch(l)
		if m == nil {
			t.Fatalf("this is no line of a VMX: %q", l)
		}
		key := strings.ToLower(m[1])
		if _, twice := values[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		values[key] = escaped.ReplaceAllStringFunc(m[2], func(e string) string {
			code, _ := strconv.ParseUint(e[1:], 16, 8)
			return string(rune(code))
		})
	}
	return values
}

// TestParsed reads the machine back, and follows what vagrant-vmware-desktop looks
// for: its first card, and the disk's file.
func TestParsed(t *testing.T) {
	for name, m := range machines() {
		m.Name, m.Disk = `a "machine" | more`, "a|b.vmdk"
		values, disk := parse(t, render(t, m)), map[string]string{"amd64": "sata0:0", "arm64": "nvme0:0"}[m.Arch]
		for key, want := range map[string]string{
			"displayname": m.Name, disk + ".filename": m.Disk, disk + ".present": "TRUE", strings.Split(disk, ":")[0] + ".present": "TRUE",
			"numvcpus": strconv.Itoa(m.CPUs), "memsize": strconv.Itoa(m.MemoryMiB),
			"ethernet0.present": "TRUE", "ethernet0.virtualdev": m.Card, "ethernet0.connectiontype": "nat", "ethernet0.addresstype": "generated",
			"config.version": "8", ".encoding": "UTF-8",
		} {
			if values[key] != want {
				t.Errorf("%s: %s is %q, want %q", name, key, values[key], want)
			}
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	odd := machines()["amd64.vmx"]
	odd.MemoryMiB = 130
	for want, m := range map[string]Machine{"incomplete": {Name: "x"}, "must be a multiple of 4 MiB": odd} {
		if err := Write(&bytes.Buffer{}, m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
