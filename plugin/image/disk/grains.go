package disk

import (
	"bytes"
	"context"
	"io"
	"runtime"

	"github.com/klauspost/compress/zlib"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/deflate"
)

// grainLevel is for what an image has that is not compressed yet, such as the
// loader and the start of the kernel.
const grainLevel = 8

// grain is one being compressed. done gets the result, nil if all is zero.
type grain struct {
	data []byte
	done chan []byte
}

// compressGrains reads size bytes, compresses each grain of them on as many
// processors as there are, and gives the results to emit in order.
func compressGrains(ctx context.Context, r io.Reader, size int64, emit func([]byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	work := make(chan grain, workers)
	inOrder := make(chan grain, 4*workers) // bounds what is in memory
	failed := make(chan error, 1)
	for range workers {
		go func() {
			c := newCompressor()
			for g := range work {
				g.done <- c.compress(g.data)
			}
		}()
	}
	go func() {
		defer close(inOrder)
		defer close(work)
		failed <- readGrains(ctx, r, size, func(g grain) bool {
			select {
			case inOrder <- g:
			case <-ctx.Done():
				return false
			}
			select {
			case work <- g:
				return true
			case <-ctx.Done():
				close(g.done)
				return false
			}
		})
	}()
	for g := range inOrder {
		if err := emit(<-g.done); err != nil {
			return err
		}
	}
	return <-failed
}

// readGrains cuts what r delivers into grains, the last filled with zeros.
func readGrains(ctx context.Context, r io.Reader, size int64, next func(grain) bool) error {
	for left := size; left > 0; left -= grainSize {
		data := make([]byte, grainSize)
		if n, err := io.ReadFull(r, data[:min(left, grainSize)]); err != nil {
			return errors.Wrapf(err, "reading the image: it ends after %d of %d bytes", size-left+int64(n), size)
		}
		if !next(grain{data: data, done: make(chan []byte, 1)}) {
			return ctx.Err()
		}
	}
	if n, _ := r.Read(make([]byte, 1)); n > 0 {
		return errors.Errorf("reading the image: it has more than %d bytes", size)
	}
	return ctx.Err()
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
