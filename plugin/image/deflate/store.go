package deflate

import (
	"bytes"

	klauspost "github.com/klauspost/compress"
)

// leastEstimate is the estimate of compressibility, from 0 to 1, below which data
// is not worth the time. Chunks of programs have 0.33 or more, what gzip has made of
// them 0.10 or less, what xz has made 0.02 or less: those shrink by less than 1 %.
const leastEstimate = 0.12

// Shrinks guesses whether data is worth compressing. It reads a gigabyte in a second.
func Shrinks(data []byte) bool { return klauspost.Estimate(data) >= leastEstimate }

// leastRun is the number of zeros that are worth blocks of their own, in bytes.
const leastRun = 64

// store returns blocks for data that does not shrink, as virtual disks hold it: it
// is stored, but for the runs of zeros that fill up the disk's sectors. The
// blocks end at a full byte.
func store(data []byte, last bool) []byte {
	out := bitWriter{bytes: make([]byte, 0, len(data)+len(data)/1000+16)}
	if len(data) == 0 {
		out.stored(nil, last)
	}
	fixed := fixedCodes()
	for len(data) > 0 {
		at, n := zeroRun(data)
		if at > 0 {
			out.stored(data[:at], last && at == len(data))
		}
		if n > 0 {
			out.zeros(n, fixed, last && at+n == len(data))
		}
		data = data[at+n:]
	}
	if !last && out.n%8 > 0 {
		out.stored(nil, false) // an empty block, which fills the byte
	}
	return out.flush()
}

// zeroRun finds the first run of at least leastRun zeros: where it begins and how
// many there are. If there is none, it begins at the end.
func zeroRun(data []byte) (at, n int) {
	// Each such run has a zero at a multiple of its half's length, and so all
	// zeros in between two of them.
	const step = leastRun / 2
	var none [step]byte
	for i := 0; i+step <= len(data); i += step {
		if data[i] != 0 || !bytes.Equal(data[i:i+step], none[:]) {
			continue
		}
		begin, end := i, i+step
		for begin > 0 && data[begin-1] == 0 {
			begin--
		}
		for end < len(data) && data[end] == 0 {
			end++
		}
		if end-begin >= leastRun {
			return begin, end - begin
		}
		i = end - end%step
	}
	return len(data), 0
}

// zeros writes a block of n zeros, more than minMatch.
func (w *bitWriter) zeros(n int, fixed []code, last bool) {
	w.start(typeFixed, last)
	w.code(fixed[0])
	for n--; n > 0; {
		length := min(n, maxMatch)
		if rest := n - length; rest > 0 && rest < minMatch {
			length -= minMatch
		}
		symbol, extra, bits := lengthSymbol(length)
		w.code(fixed[symbol])
		w.put(extra, bits)
		w.put(0, fixedDistanceBits) // the distance 1
		n -= length
	}
	w.code(fixed[endOfBlock])
}

// fixedDistanceBits is the length of the distances' codes in blocks of typeFixed.
const fixedDistanceBits = 5

// fixedCodes are the codes of literals and lengths in blocks of typeFixed (RFC
// 1951, 3.2.6).
func fixedCodes() []code {
	all := make([]uint8, 288)
	for symbol := range all {
		switch {
		case symbol < 144 || symbol >= 280:
			all[symbol] = 8
		case symbol < 256:
			all[symbol] = 9
		default:
			all[symbol] = 7
		}
	}
	return codes(all)
}
