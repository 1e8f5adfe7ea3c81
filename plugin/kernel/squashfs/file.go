package squashfs

import (
	"encoding/binary"

	"github.com/pkg/errors"
)

const (
	// A block's size has in this bit that the block is not compressed.
	blockPlain = 1 << 24

	// Fragments are blocks that hold the ends of several files. Where each is,
	// 16 bytes, stands in metadata blocks, and where those start in a table.
	fragmentEntry = 16

	// maxFile bounds the size of a file, in bytes: twice Debian's largest module.
	maxFile = 64 << 20
)

// readFile returns the content of a regular file.
func (m *image) readFile(reference uint64) ([]byte, error) {
	i, err := m.inode(reference)
	if err != nil || i.kind != typeFile {
		return nil, orDamaged(err)
	}
	if i.size > maxFile {
		return nil, errors.Errorf("it has %d bytes, more than the %d MiB that are allowed", i.size, maxFile>>20)
	}
	var out []byte
	for size := int(i.size); len(out) < size; {
		want := min(size-len(out), m.blockSize)
		if want < m.blockSize && i.fragment != noFragment {
			end, err := m.fragment(i.fragment)
			if err != nil {
				return nil, err
			}
			if uint64(i.offset)+uint64(want) > uint64(len(end)) {
				return nil, errDamaged
			}
			return append(out, end[i.offset:int(i.offset)+want]...), nil
		}
		b, err := i.blocks.read(4)
		if err != nil {
			return nil, err
		}
		number := binary.LittleEndian.Uint32(b)
		content := make([]byte, want) // zeros, where nothing is written
		if number != 0 {
			content, err = m.data(i.start, number)
		}
		if err != nil || len(content) != want {
			return nil, orDamaged(err)
		}
		i.start += uint64(number &^ blockPlain)
		out = append(out, content...)
	}
	return out, nil
}

// data returns a block of data. number is its size and whether it is compressed.
func (m *image) data(start uint64, number uint32) ([]byte, error) {
	packed, err := m.at(start, uint64(number&^blockPlain))
	if err != nil || number&blockPlain != 0 {
		return packed, err
	}
	return m.unpack(packed, m.blockSize)
}

// fragment returns the block that is the fragment with the number n.
func (m *image) fragment(n uint32) ([]byte, error) {
	if n >= m.fragments {
		return nil, errDamaged
	}
	const perBlock = metadataSize / fragmentEntry
	pointer, err := m.at(m.fragmentTable+8*uint64(n/perBlock), 8)
	if err != nil {
		return nil, err
	}
	c := cursor{m, binary.LittleEndian.Uint64(pointer), int(n%perBlock) * fragmentEntry}
	entry, err := c.read(fragmentEntry)
	if err != nil {
		return nil, err
	}
	return m.data(binary.LittleEndian.Uint64(entry), binary.LittleEndian.Uint32(entry[8:]))
}
