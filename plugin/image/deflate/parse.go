package deflate

import (
	"encoding/binary"
	"math/bits"
)

// Limits of DEFLATE (RFC 1951, 3.2.5).
const (
	minMatch    = 3
	maxMatch    = 258
	maxDistance = 32 << 10
)

// How hard to look. zlib's level 6 follows longer chains, which takes half as long
// again for half a percent; what three-byte matches save is more.
const (
	maxChain = 48  // candidates for one place
	goodSize = 16  // a match of this length makes the next place try less hard
	lazySize = 32  // a match of this length is taken without a look at the next
	niceSize = 128 // a match of this length ends the search
	// tooFar is where a match of three bytes costs more than three literals.
	tooFar = 4096

	// After so many literals, as in a picture, only one of a few places is tried, so
	// that what cannot be compressed takes little time.
	dullSize = 4096
	dullStep = 16

	hashBits = 15
)

// token is a literal, or a match: its length less minMatch in bits 16 to 23
// and its distance less 1 in bits 0 to 14.
type token uint32

const matchFlag token = 1 << 31

func match(length, distance int) token {
	return matchFlag | token(length-minMatch)<<16 | token(distance-1)
}

func (t token) isMatch() bool { return t&matchFlag != 0 }
func (t token) length() int   { return int(t>>16&0xff) + minMatch }
func (t token) distance() int { return int(t&0x7fff) + 1 }

// size is how many bytes a token stands for.
func (t token) size() int {
	if t.isMatch() {
		return t.length()
	}
	return 1
}

// finder finds earlier places with the same bytes by chains of places with the
// same hash of three bytes.
type finder struct {
	data []byte
	head [1 << hashBits]int32 // the last place with a hash, plus 1
	prev [maxDistance]int32   // the place before, plus 1, by place modulo its size
}

func (f *finder) hash(at int) uint32 {
	b := f.data[at:]
	three := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	return three * 0x9e3779b1 >> (32 - hashBits)
}

// insert makes a place known.
func (f *finder) insert(at int) {
	if at+minMatch > len(f.data) {
		return
	}
	h := f.hash(at)
	f.prev[at%maxDistance] = f.head[h]
	f.head[h] = int32(at + 1)
}

// longest returns the longest match at a place, if it is longer than least.
// The place itself must not be inserted yet.
func (f *finder) longest(at, least, chain int) (length, distance int) {
	limit := min(maxMatch, len(f.data)-at)
	if limit < minMatch || least >= limit {
		return 0, 0
	}
	length = max(least, minMatch-1)
	for from := int(f.head[f.hash(at)]) - 1; from >= 0 && at-from <= maxDistance && chain > 0; chain-- {
		if f.data[from+length] == f.data[at+length] {
			if n := common(f.data[from:], f.data[at:], limit); n > length {
				length, distance = n, at-from
				if n >= min(niceSize, limit) {
					break
				}
			}
		}
		next := int(f.prev[from%maxDistance]) - 1
		if next >= from { // overwritten by a later place
			break
		}
		from = next
	}
	if distance == 0 || length == minMatch && distance > tooFar {
		return 0, 0
	}
	return length, distance
}

// common counts the bytes that a and b begin with alike, up to limit.
func common(a, b []byte, limit int) int {
	n := 0
	for ; n+8 <= limit; n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
	}
	for n < limit && a[n] == b[n] {
		n++
	}
	return n
}

// parse turns data[start:] into tokens. A match gives way to a literal if the
// next place has a longer one.
func parse(data []byte, start int) []token {
	f := &finder{data: data}
	for at := max(0, start-maxDistance); at < start; at++ {
		f.insert(at)
	}
	tokens := make([]token, 0, (len(data)-start)/2)
	held, heldDistance := 0, 0 // the match at the place before
	lone := 0                  // literals since the last match
	for at := start; at < len(data); {
		length, distance := 0, 0
		if held < lazySize && (lone < dullSize || lone%dullStep == 0) {
			chain := maxChain
			if held >= goodSize {
				chain /= 4
			}
			length, distance = f.longest(at, held, chain)
		}
		f.insert(at)
		switch {
		case held > 0 && length <= held: // the one before is as good
			tokens = append(tokens, match(held, heldDistance))
			lone = 0
			for end := at - 1 + held; at+1 < end; {
				at++
				f.insert(at)
			}
			held = 0
		case held > 0: // the one here is better
			tokens = append(tokens, token(data[at-1]))
			held, heldDistance = length, distance
		case length > 0:
			held, heldDistance = length, distance
		default:
			tokens = append(tokens, token(data[at]))
			lone++
		}
		at++
	}
	if held > 0 {
		tokens = append(tokens, match(held, heldDistance))
	}
	return tokens
}
