package payload

import (
	"bytes"
	"testing"
)

// unpackInPlace does what the stub does, in one piece of memory: reads the block from
// lead bytes behind the place where it writes to, and writes 16 bytes at a time.
func unpackInPlace(block []byte, size, lead int) []byte {
	mem := make([]byte, max(size, lead+len(block))+overrun)
	in, out, end := lead, 0, lead+len(block)
	copy(mem[in:], block)
	length := func(n int) int {
		for more := byte(255); n >= 15 && more == 255; in++ {
			more = mem[in]
			n += int(more)
		}
		return n
	}
	for {
		token := mem[in]
		in++
		literals := length(int(token >> 4))
		for at := 0; at == 0 || at < literals; at += 16 {
			copy(mem[out+at:out+at+16], mem[min(in+at, len(mem)):])
		}
		in, out = in+literals, out+literals
		if in >= end {
			return mem[:size]
		}
		back := int(mem[in]) | int(mem[in+1])<<8
		in += 2
		match := length(int(token&15)) + 4
		for at := 0; at < match; at++ {
			mem[out+at] = mem[out+at-back]
		}
		clear(mem[out+match : out+match+15]) // written beyond
		out += match
	}
}

// FuzzPack: unpacking in place never overwrites what is still to be read.
func FuzzPack(f *testing.F) {
	f.Add([]byte("a"), 100000)
	f.Add([]byte("abcdefghijklmnopqrstuvwxyz0123456789"), 1)
	f.Add(whole().elf(), 3)
	f.Fuzz(func(t *testing.T, piece []byte, times int) {
		if len(piece) == 0 || times < 1 || len(piece)*times > 1<<20 {
			return
		}
		data := bytes.Repeat(piece, times)
		block, lead, err := pack(data)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(unpackInPlace(block, len(data), lead), data) {
			t.Errorf("%d bytes, packed to %d, with a lead of %d, do not unpack in place", len(data), len(block), lead)
		}
	})
}
