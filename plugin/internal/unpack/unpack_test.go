package unpack

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// TestAll reads what the tools of the kernel's build write.
func TestAll(t *testing.T) {
	content := []byte(strings.Repeat("a kernel and its modules\n", 10_000))
	for _, packing := range kerneltest.Packings() {
		t.Run(packing, func(t *testing.T) {
			format := Format(packing)
			packed := kerneltest.Pack(t, packing, content)
			if got := Identify(packed); got != format {
				t.Fatalf("it is taken for %q", got)
			}
			got, err := All(format, packed, int64(len(content)))
			if format == LZO {
				if err == nil || err.Error() != "lzo is not read: it must be gzip, bzip2, lzma, xz, lz4 or zstd" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if _, err := All(format, packed, int64(len(content))-1); err == nil || !strings.Contains(err.Error(), "unpacks to more than") {
				t.Errorf("one byte too many: %v", err)
			}
			if _, err := All(format, packed[:len(packed)/2], 1<<20); err == nil || !strings.HasPrefix(err.Error(), "reading "+string(format)) {
				t.Errorf("cut off: %v", err)
			}
		})
	}
}

// withDictionary changes the size of the dictionary in an xz file's one block
// (xz-file-format.txt, 3.1 and 5.3.1).
func withDictionary(xz []byte, code byte) []byte {
	xz = bytes.Clone(xz)
	header := xz[12 : 12+4*(int(xz[12])+1)]
	header[bytes.IndexByte(header, 0x21)+2] = code
	sum := len(header) - 4
	binary.LittleEndian.PutUint32(header[sum:], crc32.ChecksumIEEE(header[:sum]))
	return xz
}

// TestWindow: a header that asks for more memory than kernels do gets none.
func TestWindow(t *testing.T) {
	content := []byte("a kernel")
	packed := kerneltest.Pack(t, "xz", content)
	if got, err := All(XZ, withDictionary(packed, 30), 100); err != nil || !bytes.Equal(got, content) { // 128 MiB
		t.Errorf("%q, %v", got, err)
	}
	if _, err := All(XZ, withDictionary(packed, 32), 100); err == nil || !strings.Contains(err.Error(), "dictionary size") { // 256 MiB
		t.Errorf("got %v", err)
	}
	for format, packed := range map[Format][]byte{
		LZMA: []byte("\x5d\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00"),
		Zstd: []byte("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00"), // a window of 1 GiB
	} {
		if got, err := All(format, packed, 1<<20); err == nil {
			t.Errorf("%s: %d bytes", format, len(got))
		}
	}
}

// panics is a reader of a format that does what one must not.
type panics struct{}

func (panics) Read([]byte) (int, error) { panic("slice bounds out of range [3:2]") }

func TestGuard(t *testing.T) {
	_, err := io.ReadAll(guarded{panics{}, XZ})
	if err == nil || err.Error() != "reading xz: it is damaged (slice bounds out of range [3:2])" {
		t.Errorf("got %v", err)
	}
	_, err = NewReader(None, nil, Window)
	if err == nil || errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func FuzzAll(f *testing.F) {
	for _, packing := range kerneltest.Packings() {
		f.Add(kerneltest.Pack(f, packing, []byte(strings.Repeat("a kernel and its modules\n", 20))))
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		const limit = 1 << 20
		format := Identify(packed)
		if got, err := All(format, packed, limit); len(got) > limit || format == None && err == nil || err != nil && strings.Contains(err.Error(), "damaged (") {
			t.Errorf("%q: %d bytes, %v", format, len(got), err)
		}
	})
}
