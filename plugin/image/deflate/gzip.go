// Package deflate compresses programs smaller than the writers of Go's libraries
// do: they look for repetitions of four bytes or more, and in programs many have
// three. What does not shrink is stored, at the speed of a copy. The speed comes
// from all processors at once; the bytes depend on neither their number nor a
// library's version.
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

// maxWorkers bounds the memory that is taken, some 4 MB for each.
const maxWorkers = 16

// gzipHeader: no name, no time, system unknown (RFC 1952, 2.3.1).
const gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// Writer writes one gzip member. Close ends it. One that failed need not be closed.
type Writer struct {
	w       io.Writer
	begun   bool
	history int    // bytes before the chunk in buffer
	buffer  []byte // the end of the chunk before, and the chunk that is being filled
	pending []<-chan []byte
	workers int
	crc     uint32
	size    uint32 // modulo 2^32, as gzip has it
	err     error
}

// NewWriter returns a Writer that writes to w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, workers: min(runtime.GOMAXPROCS(0), maxWorkers)}
}

// Write compresses p. What comes of it may be written later.
func (z *Writer) Write(p []byte) (int, error) {
	z.crc = crc32.Update(z.crc, crc32.IEEETable, p)
	z.size += uint32(len(p))
	written := 0
	for written < len(p) && z.err == nil {
		room := chunkSize - (len(z.buffer) - z.history)
		if room == 0 {
			z.compress(false)
			continue
		}
		n := min(room, len(p)-written)
		z.buffer = append(z.buffer, p[written:written+n]...)
		written += n
	}
	return written, z.err
}

// Close compresses what is left and ends the member. It does not close the writer
// below.
func (z *Writer) Close() error {
	if z.err != nil {
		return z.err
	}
	z.compress(true)
	for len(z.pending) > 0 {
		z.next()
	}
	tail := binary.LittleEndian.AppendUint32(nil, z.crc)
	z.write(binary.LittleEndian.AppendUint32(tail, z.size))
	return z.err
}

// compress hands the buffer to a processor. If all of them have something to do,
// it first waits for the oldest chunk.
func (z *Writer) compress(last bool) {
	if len(z.pending) >= z.workers {
		z.next()
	}
	data, start := z.buffer, z.history
	result := make(chan []byte, 1)
	go func() { result <- compress(data, start, last) }()
	z.pending = append(z.pending, result)
	z.history = min(len(data), maxDistance)
	z.buffer = append(make([]byte, 0, maxDistance+chunkSize), data[len(data)-z.history:]...)
}

// next writes the oldest chunk.
func (z *Writer) next() {
	chunk := <-z.pending[0]
	z.pending = z.pending[1:]
	if !z.begun {
		z.begun = true
		z.write([]byte(gzipHeader))
	}
	z.write(chunk)
}

func (z *Writer) write(p []byte) {
	if z.err == nil {
		_, z.err = z.w.Write(p)
		z.err = errors.Wrap(z.err, "writing gzip data")
	}
}

// compress returns the blocks for data[start:], which may refer back to what is
// before start. They end at a full byte.
func compress(data []byte, start int, last bool) []byte {
	if !Shrinks(data[start:]) {
		return store(data[start:], last)
	}
	blocks := split(parse(data, start))
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
