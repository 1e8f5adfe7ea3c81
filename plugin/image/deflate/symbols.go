package deflate

import "math/bits"

// Alphabets (RFC 1951, 3.2.5 to 3.2.7).
const (
	literalSymbols  = 286
	distanceSymbols = 30
	endOfBlock      = 256
	firstLength     = 257
	maxCodeLength   = 15

	lengthSymbols    = 19
	maxLengthsLength = 7
)

// lengthSymbol returns a match length's symbol, and its extra bits and how
// many they are.
func lengthSymbol(length int) (symbol int, extra uint32, n uint) {
	if length == maxMatch {
		return literalSymbols - 1, 0, 0
	}
	v := uint32(length - minMatch)
	if v < 8 {
		return firstLength + int(v), 0, 0
	}
	n = uint(bits.Len32(v)) - 3
	return firstLength + int(v>>n) + 4*int(n), v & (1<<n - 1), n
}

// distanceSymbol does the same for a distance.
func distanceSymbol(distance int) (symbol int, extra uint32, n uint) {
	v := uint32(distance - 1)
	if v < 4 {
		return int(v), 0, 0
	}
	n = uint(bits.Len32(v)) - 2
	return int(v>>n) + 2*int(n), v & (1<<n - 1), n
}

// histogram is how often each symbol comes.
type histogram struct {
	literals  [literalSymbols]uint32
	distances [distanceSymbols]uint32
	extra     int // bits behind the symbols
}

func (h *histogram) count(tokens []token) {
	for _, t := range tokens {
		if !t.isMatch() {
			h.literals[t]++
			continue
		}
		symbol, _, n := lengthSymbol(t.length())
		h.literals[symbol]++
		h.extra += int(n)
		symbol, _, n = distanceSymbol(t.distance())
		h.distances[symbol]++
		h.extra += int(n)
	}
}

func (h *histogram) add(other *histogram) {
	for i, n := range other.literals {
		h.literals[i] += n
	}
	for i, n := range other.distances {
		h.distances[i] += n
	}
	h.extra += other.extra
}
