package payload

import (
	"encoding/binary"
	"strings"
	"testing"
)

func TestRefuses(t *testing.T) {
	with := func(change func(b []byte)) []byte {
		b := whole().file(t, "gzip")
		change(b)
		return b
	}
	withELF := func(change func(b []byte)) []byte {
		b := whole().elf()
		change(b)
		return wrap(packed(t, "gzip", b))
	}
	le := binary.LittleEndian
	longer := packed(t, "lz4", whole().elf())
	le.PutUint32(longer[len(longer)-sizeLength:], 77)
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":          {nil, "only a bzImage for x86_64"},
		"32-bit":           {with(func(b []byte) { b[offXLoadFlags] = 0 }), "only a bzImage for x86_64"},
		"cut off":          {whole().file(t, "gzip")[:4*sector+200], "the kernel is cut off"},
		"another address":  {with(func(b []byte) { le.PutUint64(b[offPrefAddress:], 1<<40) }), "unknown ground"},
		"no alignment":     {with(func(b []byte) { le.PutUint32(b[offAlignment:], 4096) }), "unknown ground"},
		"no payload":       {wrap(nil), `packed in an unknown way: it begins with ""`},
		"lzo":              {whole().file(t, "\x89LZO\x00"), "unpacking the kernel: lzo is not read: it must be gzip, bzip2, lzma, xz, lz4 or zstd"},
		"unknown":          {whole().file(t, "hello"), `packed in an unknown way: it begins with "hello`},
		"damaged":          {with(func(b []byte) { b[4*sector+100+30] ^= 0xff }), "unpacking the kernel: reading gzip"},
		"another size":     {wrap(longer), "bytes, not to 77, as it says"},
		"a huge size":      {wrap([]byte("\x28\xb5\x2f\xfd\xff\xff\xff\xff")), "more than 256 MiB"},
		"no ELF":           {wrap(packed(t, "gzip", make([]byte, 100))), "not an ELF program for x86_64"},
		"a short ELF":      {wrap(packed(t, "gzip", []byte("\x7fELF"))), "too short for an ELF file"},
		"an ELF for arm64": {withELF(func(b []byte) { b[18] = 183 }), "not an ELF program for x86_64"},
		"no segments":      {withELF(func(b []byte) { b[56] = 0 }), "neither of which fits 0x1000000"},
		"headers outside":  {withELF(func(b []byte) { le.PutUint64(b[32:], 1<<63) }), "not in the file"},
		"a low segment":    {withELF(func(b []byte) { le.PutUint64(b[64+24:], 1<<20) }), "does not fit in"},
		"a huge segment":   {withELF(func(b []byte) { le.PutUint64(b[64+56+40:], 1<<40) }), "does not fit in"},
		"a segment cut":    {withELF(func(b []byte) { le.PutUint64(b[64+8:], 1<<62) }), "does not fit in"},
		"another start":    {withELF(func(b []byte) { le.PutUint64(b[24:], 0xffffffff81000000) }), "it starts at 0xffffffff81000000"},
		"one list":         {testKernel{lists: [][]uint32{{8}}}.file(t, "gzip"), "in 1 lists, an unknown form"},
		"four lists":       {testKernel{lists: [][]uint32{{8}, {8}, {8}, {8}}}.file(t, "gzip"), "in 4 lists"},
		"no list":          {testKernel{tail: "\x08\x00\x00\x81"}.file(t, "gzip"), "relocations are of an unknown form: 0x81000008"},
		"odd relocations":  {testKernel{tail: "abc"}.file(t, "gzip"), "relocations are cut off"},
		"one outside":      {testKernel{lists: [][]uint32{{testEnd - 7}, {8}}}.file(t, "gzip"), "of an unknown form: 0x81000e39"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Repack(test.content, LZ4); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}
