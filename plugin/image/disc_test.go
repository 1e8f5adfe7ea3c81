package image

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

const release = "6.12.94-0-virt"

// disc writes the disc of a machine with the image of a kernel, padded.
func disc(t *testing.T, image []byte, isolinux *bootloader.Isolinux) string {
	t.Helper()
	k, err := kernel.New(kernel.File{Name: "vmlinuz", Content: append(image, make([]byte, 5<<20)...)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Machine{Kernel: k, CommandLine: "quiet", Isolinux: isolinux}.Disc(t.Context(), content.Bytes(bytes.Repeat([]byte("initramfs"), 300000)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "disc.iso")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := content.Copy(t.Context(), file, l); err != nil {
		t.Fatal(err)
	}
	return path
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestDisc: by both loaders, others find both boot images, the EFI system
// partition in the partition table, and in it and beside it the same files, which
// are there once.
func TestDisc(t *testing.T) {
	efi, isolinux := kerneltest.EFIBzImage(release, 3), &bootloader.Isolinux{Bin: make([]byte, 4096), MBR: make([]byte, 432)}
	for name, loader := range map[string]*bootloader.Isolinux{"direct": nil, "isolinux": isolinux} {
		t.Run(name, func(t *testing.T) {
			path := disc(t, efi, loader)
			report := tooltest.Run(t, "xorriso", "-indev", path, "-report_el_torito", "plain", "-report_system_area", "plain")
			for _, want := range []string{
				"  BIOS  y   none", "  UEFI  y   none", "El Torito img path :   2  /boot/efi.img",
				"MBR partition      :   1   0x80  0x00            0", "MBR partition      :   2   0x00  0xef",
				"MBR partition path :   2  /boot/efi.img",
			} {
				if !strings.Contains(report, want) {
					t.Errorf("there is no %q in:\n%s", want, report)
				}
			}
			out := t.TempDir()
			tooltest.Run(t, "bsdtar", "-xf", path, "-C", out)
			partition := filepath.Join(out, espPath)
			tooltest.Run(t, "fsck.fat", "-n", partition)
			for inside, beside := range map[string]string{bootloader.EFIKernelPath: kernelPath, bootloader.EFIInitramfsPath: initramfsBase + "gz"} {
				copied := filepath.Join(out, "copied")
				tooltest.Run(t, "mcopy", "-n", "-o", "-i", partition, "::"+inside, copied)
				tooltest.Run(t, "cmp", copied, filepath.Join(out, beside))
			}
			tooltest.Run(t, "mcopy", "-i", partition, "::/EFI/BOOT/BOOTX64.EFI", filepath.Join(out, "loader"))
			if sections := tooltest.Run(t, "objdump", "-h", filepath.Join(out, "loader")); !strings.Contains(sections, "pei-x86-64") {
				t.Error(sections)
			}
			without := disc(t, kerneltest.BzImage(release), loader)
			if grown := size(t, path) - size(t, without); grown < 0 || grown > 64<<10 {
				t.Errorf("it grew by %d bytes", grown)
			}
		})
	}
}

// TestDiscWithoutEFI: a kernel that UEFI cannot start has a disc as ever.
func TestDiscWithoutEFI(t *testing.T) {
	report := tooltest.Run(t, "xorriso", "-indev", disc(t, kerneltest.BzImage(release), nil), "-report_el_torito", "plain", "-report_system_area", "plain")
	if !strings.Contains(report, "BIOS  y   none") || strings.Contains(report, "UEFI") || !strings.Contains(report, "0x80  0x17") {
		t.Error(report)
	}
}

// TestARM64Disc: UEFI alone, by CD and by disk; nothing without it.
func TestARM64Disc(t *testing.T) {
	path := disc(t, kerneltest.EFIARM64Image(release, 3), nil)
	report := tooltest.Run(t, "xorriso", "-indev", path, "-report_el_torito", "plain", "-report_system_area", "plain")
	if !strings.Contains(report, "  UEFI  y   none") || strings.Contains(report, "BIOS  y") || !strings.Contains(report, "2   0x00  0xef") {
		t.Error(report)
	}
	out := t.TempDir()
	tooltest.Run(t, "bsdtar", "-xf", path, "-C", out)
	tooltest.Run(t, "mcopy", "-i", filepath.Join(out, espPath), "::/EFI/BOOT/BOOTAA64.EFI", out)

	k, err := kernel.New(kernel.File{Name: "Image", Content: kerneltest.ARM64Image(release)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Machine{Kernel: k}).Disc(t.Context(), content.Zeros(1)); err == nil || !strings.Contains(err.Error(), "making a disc: the kernel has no EFI stub") {
		t.Errorf("got %v", err)
	}
}

// TestLargeDisc: the boot entry of what is larger than an entry can tell says "to
// the end" (UEFI 2.10, 13.3.2.1).
func TestLargeDisc(t *testing.T) {
	large := append(kerneltest.EFIBzImage(release, 1), make([]byte, 30<<20)...)
	report := tooltest.Run(t, "xorriso", "-indev", disc(t, large, nil), "-report_el_torito", "plain")
	if !strings.Contains(report, "UEFI  y   none  0x0000  0x00      1 ") {
		t.Error(report)
	}
}
