package squashfs

import "encoding/binary"

// Inodes, folders and the list of fragments are in metadata blocks: a number of
// 16 bits, which has the size and in its highest bit that the block is not
// compressed, and then up to 8 KiB, once unpacked.
const (
	metadataSize       = 8 << 10
	metadataPlain      = 1 << 15
	metadataHeaderSize = 2

	// maxCached is how many unpacked blocks are kept, 8 MiB of them.
	maxCached = 1 << 10
)

// metadata is a block, unpacked.
type metadata struct {
	content []byte
	next    uint64 // where the following block starts
}

func (m *image) block(start uint64) (metadata, error) {
	if known, ok := m.metadata[start]; ok {
		return known, nil
	}
	head, err := m.at(start, metadataHeaderSize)
	if err != nil {
		return metadata{}, err
	}
	number := binary.LittleEndian.Uint16(head)
	size := uint64(number &^ metadataPlain)
	start += metadataHeaderSize
	content, err := m.at(start, size)
	if err == nil && number&metadataPlain == 0 {
		content, err = m.unpack(content, metadataSize)
	}
	if err != nil {
		return metadata{}, err
	}
	if len(m.metadata) >= maxCached {
		clear(m.metadata)
	}
	b := metadata{content, start + size}
	m.metadata[start-metadataHeaderSize] = b
	return b, nil
}

// cursor reads on through metadata blocks.
type cursor struct {
	image  *image
	block  uint64 // where it starts
	offset int    // in what the block unpacks to
}

// read returns the next n bytes.
func (c *cursor) read(n int) ([]byte, error) {
	out := make([]byte, 0, min(n, metadataSize))
	for {
		b, err := c.image.block(c.block)
		if err != nil {
			return nil, err
		}
		if c.offset > len(b.content) {
			return nil, errDamaged
		}
		part := b.content[c.offset:min(len(b.content), c.offset+n-len(out))]
		out = append(out, part...)
		c.offset += len(part)
		if len(out) == n {
			return out, nil
		}
		if len(b.content) == 0 {
			return nil, errDamaged // else it could go on for ever
		}
		c.block, c.offset = b.next, 0
	}
}
