package deflate

import "encoding/binary"

// bitWriter collects bits, the first lowest in each byte (RFC 1951, 3.1.1).
type bitWriter struct {
	bytes []byte
	acc   uint64
	n     uint // bits in acc
}

// put appends the n lowest bits of v, at most 32.
func (w *bitWriter) put(v uint32, n uint) {
	w.acc |= uint64(v) << w.n
	w.n += n
	if w.n >= 32 {
		w.bytes = binary.LittleEndian.AppendUint32(w.bytes, uint32(w.acc))
		w.acc >>= 32
		w.n -= 32
	}
}

func (w *bitWriter) code(c code) { w.put(uint32(c.bits), uint(c.length)) }

// start begins a block.
func (w *bitWriter) start(kind uint32, last bool) {
	final := uint32(0)
	if last {
		final = 1
	}
	w.put(final|kind<<1, 3)
}

// stored writes data as it is. Without data it is an empty block, which brings
// the output to a full byte.
func (w *bitWriter) stored(data []byte, last bool) {
	for first := true; first || len(data) > 0; first = false {
		part := data[:min(len(data), maxStored)]
		data = data[len(part):]
		w.start(typeStored, last && len(data) == 0)
		w.flush()
		w.bytes = binary.LittleEndian.AppendUint16(w.bytes, uint16(len(part)))
		w.bytes = binary.LittleEndian.AppendUint16(w.bytes, ^uint16(len(part)))
		w.bytes = append(w.bytes, part...)
	}
}

// flush fills the last byte with zeros and returns all bytes.
func (w *bitWriter) flush() []byte {
	for ; w.n > 0; w.n -= min(w.n, 8) {
		w.bytes = append(w.bytes, byte(w.acc))
		w.acc >>= 8
	}
	w.acc = 0
	return w.bytes
}
