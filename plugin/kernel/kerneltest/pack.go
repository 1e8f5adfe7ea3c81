package kerneltest

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// commands are how the kernel's build packs (scripts/Makefile.lib), at levels that
// take less memory.
func commands() map[string]string {
	return map[string]string{
		"gzip": "gzip -n -9", "bzip2": "bzip2 -9", "lzma": "xz --format=lzma", "xz": "xz --check=crc32 --x86 --lzma2",
		"lzo": "lzop -9", "lz4": "lz4 -l -9 - -", "zstd": "zstd -19",
	}
}

// Packings lists the ways in which Linux packs kernels.
func Packings() []string { return slices.Sorted(maps.Keys(commands())) }

// Pack packs a kernel as the kernel's build does. Without the tool for it the test
// is skipped, or fails.
func Pack(t testing.TB, packing string, content []byte) []byte {
	t.Helper()
	words := strings.Fields(commands()[packing])
	command := exec.Command(tooltest.Need(t, words[0]), words[1:]...)
	command.Stdin = bytes.NewReader(content)
	packed, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v", words[0], err)
	}
	return packed
}

// PackSized packs as Pack does, and appends the unpacked size where gzip does not, as
// the kernel's build does for a bzImage.
func PackSized(t testing.TB, packing string, content []byte) []byte {
	t.Helper()
	packed := Pack(t, packing, content)
	if packing == "gzip" {
		return packed
	}
	return binary.LittleEndian.AppendUint32(packed, uint32(len(content)))
}
