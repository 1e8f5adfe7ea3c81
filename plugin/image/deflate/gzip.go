// Package deflate compresses a whole image at once, smaller than the writers of
// Go's libraries do: they look for repetitions of four bytes or more, and in
// programs many have three. The speed comes from all processors at once; the
// bytes depend on neither their number nor a library's version.
//
// Formats: RFC 1951 (DEFLATE) and RFC 1952 (gzip).
package deflate

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"runtime"

	"github.com/pkg/errors"
)

// chunkSize is what one processor compresses at a time, in bytes. Each chunk
// still refers back into the one before it.
const chunkSize = 512 << 10

// gzipHeader: no name, no time, system unknown (RFC 1952, 2.3.1).
const gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// WriteGzip writes data to w as one gzip member.
func WriteGzip(w io.Writer, data []byte) error {
	if _, err := io.WriteString(w, gzipHeader); err != nil {
		return errors.Wrap(err, "writing the gzip header")
	}
	for chunk := range chunks(data) {
		if _, err := w.Write(<-chunk); err != nil {
			return errors.Wrap(err, "writing gzip data")
		}
	}
	tail := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(data))
	tail = binary.LittleEndian.AppendUint32(tail, uint32(len(data)))
	_, err := w.Write(tail)
	return errors.Wrap(err, "writing the gzip checksum")
}

// chunks compresses data on all processors. The results come in order, each on
// a channel of its own.
func chunks(data []byte) func(yield func(<-chan []byte) bool) {
	return func(yield func(<-chan []byte) bool) {
		slots := make(chan struct{}, runtime.GOMAXPROCS(0))
		var results []chan []byte
		for start := 0; start == 0 || start < len(data); start += chunkSize {
			result := make(chan []byte, 1)
			results = append(results, result)
			end := min(start+chunkSize, len(data))
			go func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				result <- compress(data[:end], start, end == len(data))
			}()
		}
		for _, result := range results {
			if !yield(result) {
				return
			}
		}
	}
}

// compress returns the blocks for data[start:], which may refer back to what is
// before start. They end at a full byte.
func compress(data []byte, start int, last bool) []byte {
	tokens := parse(data, start)
	blocks := split(tokens)
	out := bitWriter{bytes: make([]byte, 0, (len(data)-start)/2)}
	for i, b := range blocks {
		b.write(&out, data[start:start+b.size], last && i == len(blocks)-1)
		start += b.size
	}
	if !last {
		out.stored(nil, false) // an empty block, which fills the byte
	}
	return out.flush()
}
