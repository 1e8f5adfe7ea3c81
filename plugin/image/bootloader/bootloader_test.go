package bootloader

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// example is a loader that passes for one.
func example(t testing.TB) Isolinux {
	t.Helper()
	bin := make([]byte, 4096)
	copy(bin[64:], hybridSuitable)
	module := make([]byte, 52) // an ELF header alone: 32 bits, little-endian, shared object, 386
	copy(module, "\x7fELF\x01\x01\x01")
	module[16], module[18], module[20], module[40] = 3, 3, 1, 52
	l := Isolinux{Bin: bin, Ldlinux: module, MBR: make([]byte, mbrCodeSize)}
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	return l
}

// install writes a loader's files, dir by name.
func install(t *testing.T, l Isolinux, root string, dirs map[string]string) map[string]string {
	t.Helper()
	paths := map[string]string{}
	for name, content := range l.parts() {
		dir := filepath.Join(root, dirs[name])
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		paths[name] = filepath.Join(dir, name)
		if err := os.WriteFile(paths[name], *content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// FuzzCheck: what passes for a loader's files has room for what is written into it.
func FuzzCheck(f *testing.F) {
	l := example(f)
	f.Add(l.Bin, l.Ldlinux, l.MBR)
	f.Fuzz(func(t *testing.T, bin, ldlinux, mbr []byte) {
		l := Isolinux{bin, ldlinux, mbr}
		if l.Check() == nil && len(l.HybridMBR(2048, Disk{Size: 1 << 20})) != mbrSize {
			t.Error("it was taken, and makes no boot record")
		}
	})
}

func TestConfig(t *testing.T) {
	got, err := Config("/boot/vmlinuz", "/boot/initramfs.gz", "console=ttyS0 quiet")
	want := `SERIAL 0 115200
DEFAULT linux
PROMPT 0
LABEL linux
  KERNEL /boot/vmlinuz
  INITRD /boot/initramfs.gz
  APPEND console=ttyS0 quiet
`
	if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for line, want := range map[string]string{
		"two\nlines":              "must be one line",
		strings.Repeat("x", 2048): "characters too long, the kernel takes 2047",
	} {
		if _, err := Config("/k", "/i", line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

// TestHybridMBR holds the record against that of isohybrid's documentation and
// the partition table against what fdisk reads.
func TestHybridMBR(t *testing.T) {
	l := example(t)
	copy(l.MBR, "code")
	got := l.HybridMBR(33*2048, Disk{Size: 11 << 20, ID: 0x12345678})
	want := make([]byte, 512)
	copy(want, "code")
	copy(want[432:], "\x84\x00\x00\x00\x00\x00\x00\x00\x78\x56\x34\x12\x00\x00")
	copy(want[446:], "\x80\x00\x01\x00\x17\x3f\x20\x0a\x00\x00\x00\x00\x00\x58\x00\x00")
	copy(want[510:], "\x55\xaa")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	got = l.HybridMBR(33*2048, Disk{Size: 11 << 20, ID: 0x12345678, ESP: Extent{Sector: 512, Size: 10 << 20}})
	copy(want[446:], "\x80\x00\x01\x00\x00\x3f\x20\x0a\x00\x00\x00\x00\x00\x58\x00\x00")
	copy(want[462:], "\x00\x00\x01\x01\xef\x3f\x20\x0a\x00\x08\x00\x00\x00\x50\x00\x00")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("with an EFI system partition:", diff)
	}
}

func TestFind(t *testing.T) {
	l := example(t)
	for _, place := range places {
		root := t.TempDir()
		paths := install(t, l, root, place)
		found, origin, err := Find(t.Context(), Sources{Root: root})
		if diff := cmp.Diff(l, found); err != nil || diff != "" || origin != filepath.Dir(paths[BinName]) {
			t.Errorf("%v: from %q: %v %s", place, origin, err, diff)
		}
	}
	dir := t.TempDir()
	paths := install(t, l, dir, nil)
	for name, s := range map[string]Sources{"folder": {Dir: dir}, "files": {Files: paths}} {
		found, origin, err := Find(t.Context(), s)
		if diff := cmp.Diff(l, found); err != nil || diff != "" || origin != dir {
			t.Errorf("%s: from %q: %v %s", name, origin, err, diff)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	empty, good := t.TempDir(), example(t)
	broken := func(change func(*Isolinux)) string {
		l, dir := good, t.TempDir()
		change(&l)
		install(t, l, dir, nil)
		return dir
	}
	some := install(t, good, t.TempDir(), nil)
	delete(some, MBRName)
	offline := func(context.Context, []string, string) (string, error) { return "", errors.New("no network") }
	tests := []struct {
		name string
		s    Sources
		want string
	}{
		{"nothing anywhere", Sources{Root: empty}, "ISOLINUX is not on this host and could not be downloaded: install it (apt install isolinux syslinux-common, apk add syslinux)"},
		{"no network", Sources{Root: empty, Fetch: offline}, "no network"},
		{"empty folder", Sources{Dir: empty}, "ISOLINUX from " + empty},
		{"not all files", Sources{Files: some}, "isohdpfx.bin is missing: give isolinux.bin, ldlinux.c32, isohdpfx.bin together"},
		{"wrong loader", Sources{Dir: broken(func(l *Isolinux) { l.Bin = make([]byte, 4096) })}, "isolinux.bin is not ISOLINUX 3.72"},
		{"tiny loader", Sources{Dir: broken(func(l *Isolinux) { l.Bin = nil })}, "isolinux.bin is not ISOLINUX 3.72"},
		{"wrong module", Sources{Dir: broken(func(l *Isolinux) { l.Ldlinux = []byte("COM32") })}, "ldlinux.c32 is not a module"},
		{"wrong record", Sources{Dir: broken(func(l *Isolinux) { l.MBR = l.MBR[:100] })}, "isohdpfx.bin has 100 bytes instead of 432"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := Find(t.Context(), test.s)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestDebianPackages takes the loader out of Debian's own packages, which apt
// fetches, and holds it against the files that Debian installs.
func TestDebianPackages(t *testing.T) {
	apt, dir := tooltest.Need(t, "apt-get"), t.TempDir()
	cmd := exec.Command(apt, "download", "isolinux", "syslinux-common")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		tooltest.Missing(t, "apt-get cannot download the packages: %v: %s", err, out)
	}
	fetch := func(_ context.Context, urls []string, want string) (string, error) {
		debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
		if err != nil {
			return "", err
		}
		for _, deb := range debs {
			content, err := os.ReadFile(deb)
			if err != nil {
				return "", err
			}
			if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) == want {
				return deb, nil
			}
		}
		return "", errors.Errorf("no package is %s", urls[0])
	}
	l, origin, err := Find(t.Context(), Sources{Root: t.TempDir(), Fetch: fetch})
	if err != nil || origin != "Debian's packages" {
		t.Fatal(origin, err)
	}
	for name, want := range map[string]string{
		BinName:     "f3e2c1786564e148fb394e2321666ddccccedc18f7cf9db3e2416d45d13ea492",
		MBRName:     "7b43a4dd2061e95da55af51d57a2385c257d64444ee2a62264bcf634a1d0945b",
		LdlinuxName: "26cbd44c3a3dacbf3971cfbc04db539da07767fa00797f505044e2f68dcfae89",
	} {
		if sum := sha256.Sum256(*l.parts()[name]); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s has sha256 %x", name, sum)
		}
	}
}
