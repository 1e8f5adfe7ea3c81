package disk

import (
	"bytes"
	"context"
	"io"
	"runtime"

	"github.com/klauspost/compress/zlib"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/deflate"
)

// grainLevel is for what an image has that is not compressed yet, such as the
// loader and the start of the kernel.
const grainLevel = 8

// maxWorkers bounds the memory that is taken, some 2 MB for each.
const maxWorkers = 16

// compressGrains compresses each grain of an image, the last filled with zeros,
// on as many processors as there are, and gives the results to emit in order: nil
// for one that is all zeros.
func compressGrains(ctx context.Context, image content.Content, emit func([]byte) error) error {
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	idle := make(chan compressor, workers)
	for range workers {
		idle <- newCompressor()
	}
	var pending []<-chan []byte
	next := func() error {
		done := <-pending[0]
		pending = pending[1:]
		return emit(done)
	}
	for at, size := int64(0), image.Size(); at < size; at += grainSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		data := make([]byte, grainSize)
		if err := content.ReadFull(image, data[:min(size-at, grainSize)], at); err != nil {
			return errors.Wrap(err, "reading the image")
		}
		if len(pending) == 4*workers {
			if err := next(); err != nil {
				return err
			}
		}
		done := make(chan []byte, 1)
		go func() {
			c := <-idle
			done <- c.compress(data)
			idle <- c
		}()
		pending = append(pending, done)
	}
	for len(pending) > 0 {
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// compressor is what one processor compresses grains with. Most of an image, the
// kernel and the initramfs, is compressed already: to look for repetitions in it
// takes long and finds next to nothing, while shorter codes for frequent bytes
// come at the speed of a copy and find the same.
type compressor struct{ thorough, quick *zlib.Writer }

func newCompressor() compressor {
	// At levels that exist this cannot fail.
	thorough, _ := zlib.NewWriterLevel(io.Discard, grainLevel)
	quick, _ := zlib.NewWriterLevel(io.Discard, zlib.HuffmanOnly)
	return compressor{thorough, quick}
}

// compress returns a grain as zlib data, or nil for one that is all zeros.
func (c compressor) compress(data []byte) []byte {
	if isZero(data) {
		return nil
	}
	z := c.quick
	if deflate.Shrinks(data) {
		z = c.thorough
	}
	var out bytes.Buffer
	out.Grow(grainSize + grainSize/64)
	z.Reset(&out)
	_, _ = z.Write(data) // memory takes everything
	_ = z.Close()
	return out.Bytes()
}

func isZero(data []byte) bool {
	return data[0] == 0 && bytes.Equal(data[1:], data[:len(data)-1])
}
