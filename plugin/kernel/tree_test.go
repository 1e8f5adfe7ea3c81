package kernel

import (
	"encoding/binary"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// testTree is a small kernel package. depends names what each module needs.
func testTree(depends map[string][]string) Tree {
	t := map[string][]byte{
		"boot/vmlinuz-virt":                                kerneltest.BzImage(testRelease),
		"boot/config-" + testRelease:                       []byte("CONFIG_E1000=m\n# CONFIG_X is not set\nCONFIG_LOCALVERSION=\"-0-virt\"\n"),
		"boot/System.map-" + testRelease:                   []byte("not looked at"),
		"lib/modules/" + testRelease + "/modules.builtin":  []byte("kernel/drivers/virtio/virtio_pci.ko\nkernel/drivers/char/hw_random/rng-core.ko\n"),
		"lib/modules/" + testRelease + "/vmlinuz":          []byte("a link in the package"),
		"lib/modules/" + testRelease + "/kernel/README.md": []byte("no module"),
	}
	for name, needs := range depends {
		module := kerneltest.Module{Name: name, Release: testRelease, Depends: needs}
		t["lib/modules/"+testRelease+"/kernel/"+strings.ReplaceAll(name, "_", "-")+".ko"] = module.ELF()
	}
	return InMemory(t)
}

func virtTree() Tree {
	return testTree(map[string][]string{
		"e1000": nil, "failover": nil, "net_failover": {"failover"},
		"virtio_net": {"net_failover", "failover"}, "virtio_rng": {"rng_core"}, "unwanted": {"nowhere"},
	})
}

func TestTreeKernel(t *testing.T) {
	tests := []struct {
		name string
		want Drivers
		got  string
		err  string
	}{
		{"one", Drivers{Required: []string{"e1000"}}, "e1000", ""},
		{"none", Drivers{}, "", ""},
		{"dependencies first, built in left out", Drivers{Required: []string{"virtio_pci", "virtio-net"}}, "failover net_failover virtio_net", ""},
		{"a built-in dependency", Drivers{Required: []string{"virtio_rng"}}, "", "needs the module rng_core"},
		{"optional", Drivers{Optional: []string{"vmxnet3", "e1000"}}, "e1000", ""},
		{"required", Drivers{Required: []string{"vmxnet3"}}, "", "the kernel " + testRelease + " has no driver vmxnet3, neither as a module nor built in: is the name"},
		{"one card of two", Drivers{Optional: []string{"e1000", "vmxnet3"}, Cards: []string{"vmxnet3", "e1000"}}, "e1000", ""},
		{"no card", Drivers{Profile: "aws", Optional: []string{"ena", "vmxnet3"}, Cards: []string{"ena", "vmxnet3"}}, "",
			"has no driver ena or vmxnet3, neither as a module nor built in: the profile aws wants it: choose"},
		{"missing dependency", Drivers{Required: []string{"unwanted"}}, "", "has no driver nowhere, neither as a module nor built in: is the kernel's package complete?"},
		{"twice", Drivers{Required: []string{"e1000"}, Optional: []string{"e1000"}}, "e1000", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k, err := virtTree().Kernel(test.want)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				return
			}
			var names []string
			for _, m := range k.Modules {
				names = append(names, m.Name)
			}
			if diff := cmp.Diff(test.got, strings.Join(names, " ")); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

func TestTreeSoftdeps(t *testing.T) {
	if got := strings.Join(softdeps("pre: crc32c ,0 a/b . virtio-pci post: zzz"), " "); got != "crc32c virtio_pci" {
		t.Error(got)
	}
	tree := virtTree()
	tree["lib/modules/"+testRelease+"/kernel/e1000.ko"] =
		Bytes(kerneltest.Module{Name: "e1000", Release: testRelease, Softdep: "pre: nobody net_failover"}.ELF())
	k, err := tree.Kernel(Drivers{Required: []string{"e1000"}})
	if err != nil || len(k.Modules) != 3 || k.Modules[1].Name != "net_failover" || k.Modules[2].Name != "e1000" {
		t.Errorf("%v, %v", k.Modules, err)
	}
}

func TestTreeRefuses(t *testing.T) {
	e1000 := Drivers{Required: []string{"e1000"}}
	tests := []struct {
		name   string
		change func(t Tree)
		want   string
	}{
		{"no kernel", func(t Tree) { delete(t, "boot/vmlinuz-virt") }, "there is no kernel"},
		{"two kernels", func(t Tree) { t["boot/vmlinuz-lts"] = nil }, "more than one kernel (boot/vmlinuz*): boot/vmlinuz-lts, boot/vmlinuz-virt"},
		{"no bzImage", func(t Tree) { t["boot/vmlinuz-virt"] = Bytes([]byte("x")) }, "reading the kernel boot/vmlinuz-virt"},
		{"another kernel's modules", func(t Tree) { t["boot/vmlinuz-virt"] = Bytes(kerneltest.BzImage("6.1.0")) }, "the modules are for another release than the kernel, which is 6.1.0"},
		{"a module twice", func(t Tree) { t["lib/modules/"+testRelease+"/extra/e1000.ko"] = nil }, "the module e1000 is there twice"},
		{"modules.dep says more", func(t Tree) {
			t["lib/modules/"+testRelease+"/modules.dep"] = Bytes([]byte("kernel/e1000.ko: kernel/failover.ko\n"))
		}, "modules.dep says that e1000 needs failover"},
		{"modules.softdep says more", func(t Tree) {
			t["lib/modules/"+testRelease+"/modules.softdep"] = Bytes([]byte("# comment\nsoftdep e1000 pre: nobody net-failover post: virtio_net\n"))
		}, "modules.softdep says that e1000 wants net_failover"},
		{"a file that cannot be read", func(t Tree) {
			t["lib/modules/"+testRelease+"/kernel/e1000.ko"] = func() ([]byte, error) { return nil, errors.New("bad sector") }
		}, "reading lib/modules/" + testRelease + "/kernel/e1000.ko: bad sector"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := virtTree()
			test.change(tree)
			if _, err := tree.Kernel(e1000); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestTreeOddLists: what a list says of others, and how it writes paths, does not
// matter.
func TestTreeOddLists(t *testing.T) {
	const dir = "lib/modules/" + testRelease + "/"
	for name, test := range map[string]struct{ list, content, want string }{
		"a missing file":    {"modules.dep", "kernel/gone.ko: kernel/nowhere.ko\n", ""},
		"itself":            {"modules.dep", "kernel/e1000.ko: kernel/e1000.ko\n", ""},
		"a circle":          {"modules.dep", "kernel/e1000.ko: kernel/failover.ko\nkernel/failover.ko: kernel/e1000.ko\n", "modules.dep says that e1000 needs failover"},
		"absolute":          {"modules.dep", "/" + dir + "kernel/e1000.ko:\n/" + dir + "x.ko: /" + dir + "y.ko\n", ""},
		"outside":           {"modules.dep", "../../../e1000.ko: ../../../etc/passwd\n", "modules.dep says that e1000 needs passwd"},
		"no line":           {"modules.dep", "kernel/e1000.ko", ""},
		"carriage returns":  {"modules.dep", "kernel/e1000.ko:\r\n", ""},
		"not a text":        {"modules.dep", "\x00\xff:\x00 \xfe:\n", ""},
		"no softdeps":       {"modules.softdep", "softdep\nsoftdep e1000\nsoftdep e1000 pre:\nsoftdep e1000 pre: ,0 ../x\n", ""},
		"an endless line":   {"modules.builtin", strings.Repeat("kernel/", 200_000) + "x.ko", ""},
		"itself, as a name": {"modules.alias", "alias * e1000\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tree := virtTree()
			tree[dir+test.list] = Bytes([]byte(test.content))
			k, err := tree.Kernel(Drivers{Required: []string{"e1000"}})
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) || test.want == "" && (err != nil || len(k.Modules) != 1) {
				t.Errorf("%d modules, %v, want %q", len(k.Modules), err, test.want)
			}
		})
	}
}

// TestTreeCircle: modules that need each other, or themselves, are no order to load in.
func TestTreeCircle(t *testing.T) {
	for first, depends := range map[string]map[string][]string{
		"a": {"a": {"b"}, "b": {"c"}, "c": {"a"}},
		"b": {"b": {"b"}},
	} {
		_, err := testTree(depends).Kernel(Drivers{Required: []string{first}})
		if err == nil || !strings.Contains(err.Error(), "modules depend on each other in a circle: ") {
			t.Errorf("got %v", err)
		}
	}
}

// FuzzLists: lists of modules never lead to more than the modules of the tree.
func FuzzLists(f *testing.F) {
	f.Add([]byte("kernel/virtio-net.ko: kernel/failover.ko\n"), []byte("softdep e1000 pre: failover\n"), []byte("kernel/x.ko\n"), []byte("CONFIG_E1000=y\n"))
	base := virtTree()
	f.Fuzz(func(t *testing.T, dep, softdep, builtin, config []byte) {
		const dir = "lib/modules/" + testRelease + "/"
		tree := maps.Clone(base)
		tree[dir+"modules.dep"], tree[dir+"modules.softdep"], tree[dir+"modules.builtin"] = Bytes(dep), Bytes(softdep), Bytes(builtin)
		tree["boot/config-"+testRelease] = Bytes(config)
		k, err := tree.Kernel(Drivers{Required: []string{"e1000"}, Optional: []string{"virtio_net"}})
		if err == nil && len(k.Modules) > len(base) {
			t.Errorf("%d modules", len(k.Modules))
		}
		if err == nil {
			k.Config.Lacks("console=ttyS0", "gzip")
		}
	})
}

// TestTreeLists: lists that say what the modules say change nothing.
func TestTreeLists(t *testing.T) {
	tree := virtTree()
	dir := "lib/modules/" + testRelease + "/"
	tree[dir+"modules.dep"] = Bytes([]byte("kernel/virtio-net.ko: kernel/net-failover.ko kernel/failover.ko\nkernel/virtio-rng.ko: kernel/rng-core.ko\n"))
	tree[dir+"modules.softdep"] = Bytes([]byte("softdep virtio_net pre: failover not-there\n"))
	k, err := tree.Kernel(Drivers{Required: []string{"virtio_net"}})
	if err != nil || len(k.Modules) != 3 {
		t.Errorf("%v, %v", k.Modules, err)
	}
}

func TestTreeConfig(t *testing.T) {
	k, err := virtTree().Kernel(Drivers{})
	if diff := cmp.Diff(Config{"E1000": "m", "LOCALVERSION": "-0-virt"}, k.Config); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if diff := cmp.Diff(map[string]bool{"virtio_pci": true, "rng_core": true}, k.Builtin); diff != "" {
		t.Error(diff)
	}
}

// TestDriverInTheConfiguration: a kernel that was built with the drivers in it,
// as its configuration says, needs none of the modules beside it.
func TestDriverInTheConfiguration(t *testing.T) {
	tree := InMemory(map[string][]byte{
		"boot/vmlinuz":                        kerneltest.BzImage(testRelease),
		"boot/config-" + testRelease:          []byte("CONFIG_E1000=y\nCONFIG_PACKET=m\n"),
		"lib/modules/6.12.95/kernel/other.ko": nil,
	})
	k, err := tree.Kernel(Drivers{Required: []string{"e1000"}, Optional: []string{"af_packet"}})
	if err != nil || len(k.Modules) != 0 {
		t.Errorf("%v, %v", k.Modules, err)
	}
	if _, err := tree.Kernel(Drivers{Required: []string{"af_packet"}}); err == nil || !strings.Contains(err.Error(), "another release") {
		t.Errorf("%v", err)
	}
}

func TestHas(t *testing.T) {
	tests := []struct {
		name       string
		kernel     Kernel
		has, known bool
	}{
		{"nothing known", Kernel{}, false, false},
		{"a module", Kernel{Modules: []Module{{Name: "e1000"}}}, true, true},
		{"in modules.builtin", Kernel{Builtin: map[string]bool{"e1000": true}}, true, true},
		{"not in modules.builtin", Kernel{Builtin: map[string]bool{}}, false, true},
		{"configured in", Kernel{Config: Config{"E1000": "y"}}, true, true},
		{"a module that is not there", Kernel{Config: Config{"E1000": "m"}}, false, true},
	}
	for _, test := range tests {
		if has, known := test.kernel.Has("e1000"); has != test.has || known != test.known {
			t.Errorf("%s: %v, %v", test.name, has, known)
		}
	}
	if has, known := (Kernel{Config: Config{"E1000": "y"}}).Has("no-such-driver"); has || known {
		t.Error("a driver whose option is not known is said to be known")
	}
}

// TestProfileOptions: each driver of a profile can be found in a configuration.
func TestProfileOptions(t *testing.T) {
	all, err := Profile("all")
	if err != nil {
		t.Fatal(err)
	}
	all = all.With(AllDisks).WithWatchdog()
	for _, driver := range append(all.Required, all.Optional...) {
		if driverOptions()[driver] == "" {
			t.Errorf("the option of %s is not known", driver)
		}
	}
}

func TestProfiles(t *testing.T) {
	for _, name := range Profiles() {
		d, err := Profile(name)
		if err != nil || len(d.Cards) == 0 {
			t.Errorf("%s: %v, %v", name, d, err)
		}
		for _, card := range d.Cards {
			if !slices.Contains(d.Required, card) && !slices.Contains(d.Optional, card) {
				t.Errorf("%s: the driver %s is not taken", name, card)
			}
		}
	}
	if _, err := Profile("xen"); err == nil || !strings.Contains(err.Error(), "choose one of aws, azure, gcp, hyperv, qemu, virtualbox, vmware, cloud, all") {
		t.Errorf("%v", err)
	}
}

// fileSystems are the last drivers of AllDisks.
const fileSystems = "crc32c_generic ext4 nls_cp437 nls_ascii nls_iso8859_1 nls_utf8 vfat isofs"

// TestSeedDisks: what reads a seed is taken where there are seeds, and no more.
func TestSeedDisks(t *testing.T) {
	for name, want := range map[string]string{
		"qemu":   "virtio_pci virtio_blk virtio_scsi ata_piix ahci sd_mod sr_mod",
		"hyperv": "hv_vmbus hv_storvsc ata_piix sd_mod sr_mod", "virtualbox": "", "aws": "", "gcp": "", "azure": "",
		"vmware": "vmw_pvscsi mptspi ata_piix ahci nvme sd_mod sr_mod",
		"cloud":  "virtio_pci virtio_blk virtio_scsi ata_piix ahci sd_mod sr_mod",
	} {
		d, err := Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(d.With(SeedDisks).Optional[len(d.Optional):], " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if got := d.With(NoDisks).Optional; len(got) != len(d.Optional) {
			t.Errorf("%s: %v without disks", name, got)
		}
	}
}

func TestAllDisks(t *testing.T) {
	for _, name := range Profiles() {
		d, err := Profile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := d.With(AllDisks)
		rest := strings.Join(got.Optional[len(d.Optional):], " ")
		want := map[string]string{"virtualbox": "virtio_pci virtio_scsi ata_piix ahci sd_mod sr_mod " + fileSystems, "hyperv": "hv_vmbus hv_storvsc ata_piix sd_mod sr_mod " + fileSystems}[name]
		if want != "" && rest != want || !strings.HasSuffix(rest, "sd_mod sr_mod "+fileSystems) || len(got.Required) != len(d.Required) {
			t.Errorf("%s: %s", name, rest)
		}
	}
	if d := (Drivers{Profile: "all"}).With(AllDisks); !strings.Contains(strings.Join(d.Optional, " "), "vmw_pvscsi") || !strings.Contains(strings.Join(d.Optional, " "), "virtio_blk") {
		t.Error(d)
	}
}

// withPayload is a bzImage that unpacks to a kernel.
func withPayload(payload []byte) []byte {
	image := kerneltest.BzImage(testRelease)[:4*sector]
	binary.LittleEndian.PutUint32(image[offPayloadLength:], uint32(len(payload)))
	return append(image, payload...)
}

func TestEmbeddedConfig(t *testing.T) {
	kernel := []byte("\x7fELF code " + ikconfigStart + string(compress(t, []byte("CONFIG_E1000=y\n"), gzipped)) + "IKCFG_ED more")
	type test struct {
		name    string
		payload []byte
		known   bool
		err     string
	}
	tests := []test{
		{"without", compress(t, []byte("\x7fELF code"), gzipped), false, ""},
		{"unknown", []byte("hello"), false, ""},
		{"broken", compress(t, kernel, gzipped)[:30], false, "unpacking the configuration in the kernel"},
	}
	for _, packing := range kerneltest.Packings() {
		if _, err := exec.LookPath(packing); err == nil { // the others would take long
			tests = append(tests, test{packing, kerneltest.PackSized(t, packing, kernel), packing == "gzip" || packing == "lz4" || packing == "zstd", ""})
		}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := EmbeddedConfig(withPayload(test.payload))
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			if known := c["E1000"] == "y"; known != test.known {
				t.Errorf("%v", c)
			}
		})
	}
	image := withPayload(compress(t, kernel, gzipped))
	if _, err := EmbeddedConfig(image[:len(image)-1]); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("cut off: %v", err)
	}
}

func FuzzEmbeddedConfig(f *testing.F) {
	f.Add(withPayload([]byte("\x1f\x8b\x08")))
	f.Add(withPayload([]byte("\x28\xb5\x2f\xfd\x00\x00")))
	f.Fuzz(func(_ *testing.T, image []byte) { _, _ = EmbeddedConfig(image) })
}
