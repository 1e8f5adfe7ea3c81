package deflate

import "math"

// unitTokens is the least that a block holds, but for the last one's rest.
const unitTokens = 4096

// headerBits is about what the codes of a block cost.
const headerBits = 600

// block is a run of tokens with codes of its own.
type block struct {
	tokens []token
	size   int // in bytes of data
	counts histogram
	bits   float64 // about its cost
}

// split cuts tokens into blocks: two neighbours become one where one code for
// both costs less, the best first pair first.
func split(tokens []token) []block {
	var blocks []block
	for start := 0; start == 0 || start < len(tokens); start += unitTokens {
		b := block{tokens: tokens[start:min(start+unitTokens, len(tokens))]}
		for _, t := range b.tokens {
			b.size += t.size()
		}
		b.counts.count(b.tokens)
		b.bits = estimate(&b.counts)
		blocks = append(blocks, b)
	}
	for merged := true; merged; {
		merged = false
		for i := 0; i+1 < len(blocks); i++ {
			if joined, gain := join(&blocks[i], &blocks[i+1]); gain > 0 {
				blocks[i] = joined
				blocks = append(blocks[:i+1], blocks[i+2:]...)
				merged = true
			}
		}
	}
	return blocks
}

// join returns two neighbours as one block, and how many bits that saves.
func join(a, b *block) (block, float64) {
	joined := block{tokens: a.tokens[:len(a.tokens)+len(b.tokens)], size: a.size + b.size, counts: a.counts}
	joined.counts.add(&b.counts)
	joined.bits = estimate(&joined.counts)
	return joined, a.bits + b.bits - joined.bits
}

// estimate is about how many bits a block takes: the entropy of its symbols,
// their extra bits and the codes.
func estimate(h *histogram) float64 {
	return headerBits + float64(h.extra) + entropy(h.literals[:]) + entropy(h.distances[:])
}

func entropy(counts []uint32) float64 {
	var total, sum float64
	for _, n := range counts {
		if n > 0 {
			total += float64(n)
			sum += float64(n) * math.Log2(float64(n))
		}
	}
	if total == 0 {
		return 0
	}
	return total*math.Log2(total) - sum
}
