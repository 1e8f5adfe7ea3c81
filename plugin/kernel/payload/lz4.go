package payload

import (
	"bytes"

	"github.com/pierrec/lz4/v4"
	"github.com/pkg/errors"
)

// overrun is how many bytes the stub writes behind those it is to write.
const overrun = 16

// pack returns data as an LZ4 block, and by how many bytes what the stub writes, when
// it unpacks the block, is ahead of what it has read, at most.
func pack(data []byte) (block []byte, lead int, err error) {
	block = make([]byte, lz4.CompressBlockBound(len(data)))
	compressor := lz4.CompressorHC{Level: lz4.Level1}
	n, err := compressor.CompressBlock(data, block)
	if err != nil {
		return nil, 0, err
	}
	block = block[:n]
	unpacked := make([]byte, len(data))
	if _, err := lz4.UncompressBlock(block, unpacked); err != nil || !bytes.Equal(unpacked, data) {
		return nil, 0, errors.New("the LZ4 block does not unpack to what was packed")
	}
	return block, walk(block), nil
}

// walk goes through a valid LZ4 block as the stub does (lz4_Block_format.md), and
// returns the most that what is written is ahead of what is read.
func walk(block []byte) int {
	in, out, lead := 0, 0, overrun
	length := func(n int) int {
		if n < 15 {
			return n
		}
		for {
			more := int(block[in])
			in, n = in+1, n+more
			if more < 255 {
				return n
			}
		}
	}
	for {
		token := int(block[in])
		in++
		literals := length(token >> 4)
		in, out = in+literals, out+literals
		if in >= len(block) {
			return lead
		}
		lead = max(lead, out+overrun-in)
		in += 2
		out += length(token&15) + 4
		lead = max(lead, out+overrun-in)
	}
}
