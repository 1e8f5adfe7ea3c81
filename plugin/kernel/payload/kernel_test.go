package payload

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// testAddress is what the kernels here are linked for, as all of x86_64 are by default.
const testAddress = 16 << 20

// testKernel is a kernel with nothing to run: two segments with a gap between them,
// the second with zeros at its end, in the file and behind it.
type testKernel struct {
	entry uint64
	// lists are the relocations' offsets, in the order of the file.
	lists [][]uint32
	tail  string
}

const (
	secondAt   = 0x800
	testEnd    = secondAt + 1600 // what is in the file
	testMemory = 0x9010
)

func (k testKernel) elf() []byte {
	first, second := bytes.Repeat([]byte("code "), 400), append(bytes.Repeat([]byte("data "), 300), make([]byte, 100)...)
	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Entry: testAddress + k.entry, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 3,
		Shoff: 64 + 3*56 + uint64(len(first)+len(second)), Shentsize: 64, Shnum: 1}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	put(header)
	at := uint64(64 + 3*56)
	put(elf.Prog64{Type: uint32(elf.PT_LOAD), Off: at, Vaddr: kernelMap + testAddress, Paddr: testAddress,
		Filesz: uint64(len(first)), Memsz: uint64(len(first))})
	put(elf.Prog64{Type: uint32(elf.PT_LOAD), Off: at + uint64(len(first)), Paddr: testAddress + secondAt,
		Filesz: uint64(len(second)), Memsz: testMemory - secondAt})
	put(elf.Prog64{Type: uint32(elf.PT_NOTE)})
	b.Write(first)
	b.Write(second)
	put(elf.Section64{})
	for _, list := range k.lists {
		put(uint32(0))
		for _, offset := range list {
			put(uint32(kernelMap&0xffffffff + testAddress + uint64(offset)))
		}
	}
	b.WriteString(k.tail)
	return b.Bytes()
}

// file is the kernel's bzImage.
func (k testKernel) file(t testing.TB, packing string) []byte {
	return wrap(packed(t, packing, k.elf()))
}

// packed packs as the kernel's build does.
func packed(t testing.TB, packing string, content []byte) []byte {
	t.Helper()
	size := binary.LittleEndian.AppendUint32(nil, uint32(len(content)))
	var b bytes.Buffer
	switch packing {
	case "gzip":
		z := gzip.NewWriter(&b)
		_, _ = z.Write(content)
		_ = z.Close()
		return b.Bytes() // its end is the size
	case "zstd":
		z, _ := zstd.NewWriter(&b)
		_, _ = z.Write(content)
		_ = z.Close()
	case "lz4":
		z := lz4.NewWriter(&b)
		_ = z.Apply(lz4.LegacyOption(true))
		_, _ = z.Write(content)
		_ = z.Close()
	case "bzip2", "lzma", "lzo", "xz":
		return kerneltest.PackSized(t, packing, content)
	default:
		b.WriteString(packing)
	}
	return append(b.Bytes(), size...)
}

// wrap makes a bzImage of a payload.
func wrap(payload []byte) []byte {
	const setup, offset = 4 * sector, 100
	b := kerneltest.BzImage("6.12.94-0-virt")[:setup]
	copy(b, "MZ")
	b[offRelocatable] = 1
	le := binary.LittleEndian
	le.PutUint32(b[offPayloadOffset:], offset)
	le.PutUint32(b[offPayloadLength:], uint32(len(payload)))
	le.PutUint32(b[offAlignment:], minAlignment)
	le.PutUint64(b[offPrefAddress:], testAddress)
	le.PutUint32(b[offInitSize:], 3*minAlignment)
	le.PutUint32(b[offHandoverOffset:], 0x190)
	le.PutUint32(b[offKernelInfo:], 0x1000)
	b = append(append(b, make([]byte, offset)...), payload...)
	return append(b, "what follows"...)
}

func whole() testKernel {
	return testKernel{entry: 0x40, lists: [][]uint32{{8, 0x900}, {16}, {24, 32, 0x810}}}
}
