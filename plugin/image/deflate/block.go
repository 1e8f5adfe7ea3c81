package deflate

// Types of blocks (RFC 1951, 3.2.3).
const (
	typeStored  = 0
	typeFixed   = 1
	typeDynamic = 2

	// maxStored is the length of a stored block in bytes.
	maxStored = 1<<16 - 1
)

// write writes a block with codes of its own, or stored where that is smaller.
// data is what its tokens stand for.
func (b *block) write(out *bitWriter, data []byte, last bool) {
	b.counts.literals[endOfBlock]++
	literals := lengths(b.counts.literals[:], maxCodeLength)
	distances := lengths(b.counts.distances[:], maxCodeLength)
	h := newHeader(literals, distances)
	if b.dynamicBits(h, literals, distances) >= 8*(len(data)+5*(1+len(data)/maxStored)) {
		out.stored(data, last)
		return
	}
	out.start(typeDynamic, last)
	h.write(out)
	b.body(out, codes(literals), codes(distances))
}

func (b *block) dynamicBits(h *header, literals, distances []uint8) int {
	n := 3 + h.bits() + b.counts.extra
	for symbol, length := range literals {
		n += int(length) * int(b.counts.literals[symbol])
	}
	for symbol, length := range distances {
		n += int(length) * int(b.counts.distances[symbol])
	}
	return n
}

func (b *block) body(out *bitWriter, literals, distances []code) {
	for _, t := range b.tokens {
		if !t.isMatch() {
			out.code(literals[t])
			continue
		}
		symbol, extra, n := lengthSymbol(t.length())
		out.code(literals[symbol])
		out.put(extra, n)
		symbol, extra, n = distanceSymbol(t.distance())
		out.code(distances[symbol])
		out.put(extra, n)
	}
	out.code(literals[endOfBlock])
}

// header describes a block's codes (RFC 1951, 3.2.7).
type header struct {
	literals, distances int // how many lengths there are of each
	runs                []run
	lengths             []uint8 // of the codes of the runs' symbols
	used                int     // of lengthOrder
}

// run is a code length, or a repetition of one.
type run struct {
	symbol uint8
	extra  uint32
	n      uint
}

// Symbols of repetitions: of the last length 3 to 6 times, of zero 3 to 10 and
// 11 to 138 times.
const (
	repeatLast  = 16
	repeatZero  = 17
	repeatZeros = 18
)

// lengthOrder is the order in which the lengths of the runs' codes come.
var lengthOrder = [lengthSymbols]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func newHeader(literals, distances []uint8) *header {
	h := &header{literals: max(firstLength, trimmed(literals)), distances: max(1, trimmed(distances))}
	h.runs = append(runs(literals[:h.literals]), runs(distances[:h.distances])...)
	var counts [lengthSymbols]uint32
	for _, r := range h.runs {
		counts[r.symbol]++
	}
	h.lengths = lengths(counts[:], maxLengthsLength)
	h.used = 4
	for i, symbol := range lengthOrder {
		if h.lengths[symbol] > 0 {
			h.used = max(h.used, i+1)
		}
	}
	return h
}

// trimmed is how many lengths are left without the zeros at the end.
func trimmed(lengths []uint8) int {
	n := len(lengths)
	for n > 0 && lengths[n-1] == 0 {
		n--
	}
	return n
}

// runs are the lengths with repetitions put short.
func runs(lengths []uint8) []run {
	var result []run
	for i := 0; i < len(lengths); {
		length, n := lengths[i], 1
		for i+n < len(lengths) && lengths[i+n] == length {
			n++
		}
		i += n
		if length > 0 {
			result = append(result, run{symbol: length})
			n--
		}
		for n >= 3 {
			r, took := repetition(length, n)
			result = append(result, r)
			n -= took
		}
		for ; n > 0; n-- {
			result = append(result, run{symbol: length})
		}
	}
	return result
}

// repetition is one for up to n more of a length, and how many it is for.
func repetition(length uint8, n int) (run, int) {
	switch {
	case length > 0:
		n = min(n, 6)
		return run{repeatLast, uint32(n - 3), 2}, n
	case n <= 10:
		return run{repeatZero, uint32(n - 3), 3}, n
	}
	n = min(n, 138)
	return run{repeatZeros, uint32(n - 11), 7}, n
}

func (h *header) bits() int {
	n := 14 + 3*h.used
	for _, r := range h.runs {
		n += int(h.lengths[r.symbol]) + int(r.n)
	}
	return n
}

func (h *header) write(out *bitWriter) {
	out.put(uint32(h.literals-firstLength), 5)
	out.put(uint32(h.distances-1), 5)
	out.put(uint32(h.used-4), 4)
	for _, symbol := range lengthOrder[:h.used] {
		out.put(uint32(h.lengths[symbol]), 3)
	}
	all := codes(h.lengths)
	for _, r := range h.runs {
		out.code(all[r.symbol])
		out.put(r.extra, r.n)
	}
}
