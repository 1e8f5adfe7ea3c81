package payload

import (
	"bytes"
	"encoding/binary"

	"github.com/pkg/errors"
)

// Offsets of the setup header, from the start of the file (kernel:
// Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").
const (
	offSetupSects     = 0x1f1
	offSysSize        = 0x1f4
	offBootFlag       = 0x1fe
	offMagic          = 0x202
	offProtocol       = 0x206
	offAlignment      = 0x230
	offRelocatable    = 0x234
	offXLoadFlags     = 0x236
	offPayloadOffset  = 0x248
	offPayloadLength  = 0x24c
	offPrefAddress    = 0x258
	offInitSize       = 0x260
	offHandoverOffset = 0x264
	offKernelInfo     = 0x268
	headerEnd         = 0x26c
)

const (
	bootFlag = 0xaa55
	magic    = "HdrS"
	sector   = 512
	kernel64 = 1 << 0 // in xloadflags
	// protocol212 has xloadflags. protocol214 is the last without a kernel_info.
	protocol212 = 0x20c
	protocol214 = 0x20e
	// minAlignment is that of the kernel's segments, and of its address.
	minAlignment = 2 << 20
	// maxAddress keeps all that the stub uses in the 4 GiB that it maps.
	maxAddress = 1 << 30
)

// bzImage is a kernel's file in its parts.
type bzImage struct {
	setup     []byte // the real-mode part, with the header
	payload   []byte // the packed kernel
	address   uint64 // which the kernel is linked for (LOAD_PHYSICAL_ADDR)
	alignment uint32 // of its address (CONFIG_PHYSICAL_ALIGN)
	initSize  uint32 // memory that it asked for
}

func parse(b []byte) (bzImage, error) {
	if len(b) < headerEnd || binary.LittleEndian.Uint16(b[offBootFlag:]) != bootFlag ||
		string(b[offMagic:offMagic+len(magic)]) != magic ||
		binary.LittleEndian.Uint16(b[offProtocol:]) < protocol212 || b[offXLoadFlags]&kernel64 == 0 {
		return bzImage{}, errors.New("only a bzImage for x86_64, of Linux 3.8 or newer, can be packed anew")
	}
	setup := (int64(b[offSetupSects]) + 1) * sector
	start := setup + int64(binary.LittleEndian.Uint32(b[offPayloadOffset:]))
	end := start + int64(binary.LittleEndian.Uint32(b[offPayloadLength:]))
	if setup < headerEnd || end > int64(len(b)) {
		return bzImage{}, errors.Errorf("the kernel is cut off: its header speaks of %d bytes, it has %d", end, len(b))
	}
	k := bzImage{
		setup: b[:setup], payload: b[start:end],
		address:   binary.LittleEndian.Uint64(b[offPrefAddress:]),
		alignment: binary.LittleEndian.Uint32(b[offAlignment:]),
		initSize:  binary.LittleEndian.Uint32(b[offInitSize:]),
	}
	if k.alignment < minAlignment || k.alignment&(k.alignment-1) != 0 || k.address%minAlignment != 0 ||
		k.address < minAlignment || k.address > maxAddress {
		return bzImage{}, errors.Errorf("the kernel belongs at the address %#x, aligned to %#x, which is unknown ground", k.address, k.alignment)
	}
	return k, nil
}

// rebuild puts the stub and the data behind the real-mode part, and makes its header
// say what is true now.
func (k bzImage) rebuild(p parameters, data []byte) []byte {
	b := bytes.Clone(k.setup)
	// The MZ and PE headers for UEFI; nothing else is in front of the setup header.
	clear(b[:offSetupSects])
	code := p.stub()
	total := len(b) + len(code) + len(data)
	padding := -(len(code) + len(data)) & 15

	le := binary.LittleEndian
	le.PutUint32(b[offSysSize:], uint32(len(code)+len(data)+padding)/16)
	le.PutUint16(b[offProtocol:], min(le.Uint16(b[offProtocol:]), protocol214))
	b[offRelocatable] = 0 // it moves itself to pref_address, which it keeps
	le.PutUint16(b[offXLoadFlags:], 0)
	le.PutUint32(b[offPayloadOffset:], 0)
	le.PutUint32(b[offPayloadLength:], 0)
	le.PutUint32(b[offInitSize:], p.Room)
	le.PutUint32(b[offHandoverOffset:], 0)
	le.PutUint32(b[offKernelInfo:], 0)

	out := make([]byte, 0, total+padding)
	out = append(append(append(out, b...), code...), data...)
	return append(out, make([]byte, padding)...)
}
