package payload

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pierrec/lz4/v4"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// TestStubSource: the stub that is committed is what its source says.
func TestStubSource(t *testing.T) {
	made := filepath.Join(t.TempDir(), "stub.bin")
	if out, err := exec.Command(tooltest.Need(t, "nasm"), "-f", "bin", "-o", made, "stub.asm").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, stubCode) {
		t.Error("stub.bin is not what stub.asm makes: run go generate ./plugin/kernel/payload")
	}
}

// wantImage is how the kernel lies in memory, up to the last byte that is not zero.
func wantImage() []byte {
	image := make([]byte, secondAt+1504)
	copy(image, bytes.Repeat([]byte("code "), 400))
	copy(image[secondAt:], bytes.Repeat([]byte("data "), 300))
	return image
}

func TestRepack(t *testing.T) {
	relocations := []uint32{24, 32, 0x810, 16, 8, 0x900} // add32, sub32, add64
	want := wantImage()
	for _, offset := range relocations {
		want = binary.LittleEndian.AppendUint32(want, offset)
	}
	for _, packing := range []string{"gzip", "zstd", "lz4", "xz", "bzip2", "lzma"} {
		t.Run(packing, func(t *testing.T) {
			old := whole().file(t, packing)
			for _, to := range []Packing{LZ4, Stored} {
				b, err := Repack(old, to)
				if err != nil {
					t.Fatal(err)
				}
				p, data := take(t, b)
				if (p.Packed > 0) != (to == LZ4) {
					t.Errorf("packed: %d", p.Packed)
				}
				if to == LZ4 {
					out := make([]byte, len(want))
					n, err := lz4.UncompressBlock(data[:p.Packed], out)
					if err != nil || n != len(want) {
						t.Fatalf("unpacked %d bytes, want %d: %v", n, len(want), err)
					}
					data = out
				}
				if !bytes.Equal(data[:len(want)], want) || len(data) > len(want)+7 {
					t.Errorf("%d bytes of data, not the %d wanted", len(data), len(want))
				}
				again, err := Repack(old, to)
				if err != nil || !bytes.Equal(again, b) {
					t.Errorf("the second time it is another: %v", err)
				}
			}
		})
	}
}

// take returns what a repacked kernel tells its stub, and its data.
func take(t *testing.T, b []byte) (parameters, []byte) {
	t.Helper()
	start := 4*sector + len(stubCode)
	var p parameters
	if _, err := binary.Decode(b[4*sector+parametersAt:], binary.LittleEndian, &p); err != nil {
		t.Fatal(err)
	}
	code := bytes.Clone(b[4*sector : start])
	copy(code[parametersAt:], stubCode[parametersAt:parametersAt+binary.Size(p)])
	if !bytes.Equal(code, stubCode) {
		t.Error("more of the stub was changed than its parameters")
	}
	return p, b[start : start+int(p.Size)]
}

// TestParameters: what the stub is told, for a kernel that can be told from its source.
func TestParameters(t *testing.T) {
	b, err := Repack(whole().file(t, "gzip"), Stored)
	if err != nil {
		t.Fatal(err)
	}
	p, data := take(t, b)
	image := uint32(len(wantImage()))
	want := parameters{
		Sum: sum(data), Size: image + 6*4, Target: testAddress, Image: testAddress, Entry: testAddress + 0x40,
		Room: 0xa000 + tablesSize, Relocations: testAddress + image, Add32: 3, Sub32: 1, Add64: 2,
		ZeroEnd: testAddress + testMemory,
		Slots:   1 + (1<<30-testAddress-3*minAlignment)/minAlignment, SlotSize: minAlignment,
	}
	if p != want {
		t.Errorf("got\n%+v, want\n%+v", p, want)
	}
	if binary.Size(p)+parametersAt > bytes.Index(stubCode, []byte("scratchmachine")) {
		t.Error("the parameters do not fit into the stub")
	}
	if sum([]byte("abcdefghABCDEFGH")) == sum([]byte("ABCDEFGHabcdefgh")) {
		t.Error("the sum does not know the order")
	}
}

// TestHeader: what a loader is told, and what stays.
func TestHeader(t *testing.T) {
	old := whole().file(t, "gzip")
	b, err := Repack(old, LZ4)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := take(t, b)
	want := bytes.Clone(old[:4*sector])
	clear(want[:offSetupSects]) // no MZ
	le := binary.LittleEndian
	le.PutUint32(want[offSysSize:], uint32(len(b)-4*sector)/16)
	le.PutUint16(want[offProtocol:], 0x20e)
	want[offRelocatable], want[offXLoadFlags] = 0, 0
	clear(want[offPayloadOffset : offPayloadLength+4])
	le.PutUint32(want[offInitSize:], p.Room)
	clear(want[offHandoverOffset : offKernelInfo+4])
	if !bytes.Equal(b[:4*sector], want) || len(b)%16 != 0 {
		t.Errorf("%d bytes, header\n% x, want\n% x", len(b), b[offSetupSects:headerEnd], want[offSetupSects:headerEnd])
	}
}

// TestRelocationForms: two lists since Linux 6.15, and none where the address is fixed.
func TestRelocationForms(t *testing.T) {
	for name, test := range map[string]struct {
		lists               [][]uint32
		add32, sub32, add64 []uint32
	}{
		"three":        {[][]uint32{{8}, {16, 20}, {24}}, []uint32{24}, []uint32{16, 20}, []uint32{8}},
		"three, empty": {[][]uint32{nil, nil, {24}}, []uint32{24}, nil, nil},
		"two":          {[][]uint32{{8}, {24}}, []uint32{24}, nil, []uint32{8}},
		"none":         {},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := layOut(testKernel{lists: test.lists}.elf(), testAddress)
			r := k.relocations
			if err != nil || !slices.Equal(r.add32, test.add32) || !slices.Equal(r.sub32, test.sub32) || !slices.Equal(r.add64, test.add64) {
				t.Errorf("got %v, %v", r, err)
			}
			var p parameters
			if p.place(k, bzImage{alignment: minAlignment}); (p.Slots > 0) != (len(test.lists) > 0) {
				t.Errorf("%d addresses to choose from", p.Slots)
			}
		})
	}
}

// TestRelocationsAtTheEnd: zeros that are to be moved are not left out.
func TestRelocationsAtTheEnd(t *testing.T) {
	k, err := layOut(testKernel{lists: [][]uint32{{testEnd - 8}, nil}}.elf(), testAddress)
	if err != nil || len(k.image) != testEnd {
		t.Errorf("%d bytes are left, %v", len(k.image), err)
	}
}
