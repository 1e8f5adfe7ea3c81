package content

import (
	"io"
	"sort"
)

// Concat is contents one behind the other.
func Concat(parts ...Content) Content {
	c := &concat{parts: parts, ends: make([]int64, len(parts))}
	for i, part := range parts {
		c.size += part.Size()
		c.ends[i] = c.size
	}
	return c
}

type concat struct {
	parts []Content
	ends  []int64 // of each part, in bytes from the start of the first
	size  int64
}

func (c *concat) Size() int64 { return c.size }

// ReadAt reads on over the ends of the parts.
func (c *concat) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= c.size {
		return 0, io.EOF
	}
	done := 0
	first := sort.Search(len(c.ends), func(i int) bool { return c.ends[i] > offset })
	for i := first; i < len(c.parts) && done < len(p); i++ {
		at := offset + int64(done)
		piece := p[done:min(int64(len(p)), int64(done)+c.ends[i]-at)]
		if err := ReadFull(c.parts[i], piece, at-(c.ends[i]-c.parts[i].Size())); err != nil {
			return done, err
		}
		done += len(piece)
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// Zeros is n zero bytes.
func Zeros(n int64) Content { return zeros(n) }

type zeros int64

func (z zeros) Size() int64 { return int64(z) }

func (z zeros) ReadAt(p []byte, offset int64) (int, error) {
	n := int64(len(p))
	if left := int64(z) - offset; left < n {
		n = max(left, 0)
	}
	clear(p[:n])
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}
