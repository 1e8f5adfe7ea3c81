package payload

import (
	"encoding/binary"
	"slices"

	"github.com/pkg/errors"
)

// relocations are where the kernel has virtual addresses of its own in it, as offsets
// from its start: those of 4 bytes, of which some are negative, and those of 8.
type relocations struct {
	add32, sub32, add64 []uint32
}

// parseRelocations reads what arch/x86/tools/relocs.c makes (emit_relocs): lists of the
// lower 4 bytes of virtual addresses, a 0 before each: of 8 bytes, negative ones of 4
// bytes, and of 4 bytes. Linux 6.15 dropped the second. A kernel without
// RANDOMIZE_BASE has none of them. size is that of what they are in.
func parseRelocations(table []byte, address uint64, size int) (relocations, error) {
	if len(table) == 0 {
		return relocations{}, nil
	}
	var lists [][]uint32
	if len(table)%4 != 0 {
		return relocations{}, errors.New("its relocations are cut off")
	}
	for ; len(table) > 0; table = table[4:] {
		value := binary.LittleEndian.Uint32(table)
		if value == 0 {
			lists = append(lists, nil)
			continue
		}
		offset := uint64(int64(int32(value))) - kernelMap - address
		if len(lists) == 0 || offset > uint64(size) || uint64(size)-offset < wordSize {
			return relocations{}, errors.Errorf("its relocations are of an unknown form: %#x", value)
		}
		last := len(lists) - 1
		lists[last] = append(lists[last], uint32(offset))
	}
	switch len(lists) {
	case 2:
		return relocations{add64: lists[0], add32: lists[1]}, nil
	case 3:
		return relocations{add64: lists[0], sub32: lists[1], add32: lists[2]}, nil
	}
	return relocations{}, errors.Errorf("its relocations are in %d lists, an unknown form", len(lists))
}

// count is the number of all.
func (r relocations) count() int { return len(r.add32) + len(r.sub32) + len(r.add64) }

// end is the first offset behind all that is relocated.
func (r relocations) end() int {
	end := 0
	for _, kind := range [][]uint32{r.add32, r.sub32, r.add64} {
		if len(kind) > 0 {
			end = max(end, int(slices.Max(kind))+wordSize)
		}
	}
	return end
}
