package deflate

import (
	"cmp"
	"math/bits"
	"slices"
)

// code is a symbol's Huffman code: its bits in the order they are written, the
// first lowest, and how many they are.
type code struct {
	bits   uint16
	length uint8
}

// lengths returns the code length of each symbol by how often it comes, none
// longer than limit. A symbol that never comes has none. DEFLATE wants a code
// even of a single symbol to have a bit.
func lengths(counts []uint32, limit int) []uint8 {
	used := make([]int, 0, len(counts))
	for symbol, n := range counts {
		if n > 0 {
			used = append(used, symbol)
		}
	}
	result := make([]uint8, len(counts))
	if len(used) == 1 {
		result[used[0]] = 1
	}
	if len(used) < 2 {
		return result
	}
	slices.SortFunc(used, func(a, b int) int { return cmp.Or(cmp.Compare(counts[a], counts[b]), cmp.Compare(a, b)) })
	perLength := limited(depths(used, counts), limit)
	// The rarest get the longest.
	next := 0
	for length := limit; length > 0; length-- {
		for range perLength[length] {
			result[used[next]] = uint8(length)
			next++
		}
	}
	return result
}

// depths counts the leaves at each depth of the Huffman tree of symbols that
// are sorted by count: the two rarest trees become one until one is left.
func depths(used []int, counts []uint32) []int {
	n := len(used)
	weight := make([]uint64, 0, 2*n-1)
	parent := make([]int, 2*n-1)
	for _, symbol := range used {
		weight = append(weight, uint64(counts[symbol]))
	}
	leaf, tree := 0, n
	for len(weight) < 2*n-1 {
		var sum uint64
		for range 2 {
			rarest := &tree
			if leaf < n && (tree == len(weight) || weight[leaf] <= weight[tree]) {
				rarest = &leaf
			}
			sum += weight[*rarest]
			parent[*rarest] = len(weight)
			*rarest++
		}
		weight = append(weight, sum)
	}
	depth := make([]int, 2*n-1)
	perDepth := make([]int, n)
	for i := 2*n - 3; i >= 0; i-- {
		depth[i] = depth[parent[i]] + 1
		if i < n {
			perDepth[depth[i]]++
		}
	}
	return perDepth
}

// limited shortens codes longer than limit, and lengthens as few others as
// make room for them.
func limited(perLength []int, limit int) []int {
	result := make([]int, limit+1)
	room := 0 // what the codes take, a code of limit bits taking 1
	for length, n := range perLength {
		at := min(length, limit)
		result[at] += n
		if length > 0 {
			room += n << (limit - at)
		}
	}
	for ; room > 1<<limit; room-- {
		length := limit - 1
		for result[length] == 0 {
			length--
		}
		result[limit]--
		result[length]--
		result[length+1] += 2
	}
	return result
}

// codes assigns the bits by the lengths (RFC 1951, 3.2.2).
func codes(lengths []uint8) []code {
	var perLength, next [maxCodeLength + 1]uint16
	for _, length := range lengths {
		perLength[length]++
	}
	perLength[0] = 0
	for length := 1; length <= maxCodeLength; length++ {
		next[length] = (next[length-1] + perLength[length-1]) << 1
	}
	result := make([]code, len(lengths))
	for symbol, length := range lengths {
		if length > 0 {
			result[symbol] = code{bits.Reverse16(next[length]) >> (16 - length), length}
			next[length]++
		}
	}
	return result
}
