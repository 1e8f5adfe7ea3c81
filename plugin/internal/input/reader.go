package input

import (
	"bytes"
	"context"
	"io"
	"os"
)

// Reader returns a reader of r that fails with ctx's cause once ctx has ended.
func Reader(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// stride bounds how long one read can hold up the end, in bytes.
const stride = 1 << 20

func (r contextReader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(b[:min(len(b), stride)])
}

// size is what a file says of itself, in bytes.
func size(file *os.File) int64 {
	info, err := file.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// readUpTo reads r to its end, or one byte more than max. The memory for what is
// expected is taken at once.
func readUpTo(r io.Reader, expected, max int64) ([]byte, error) {
	var content bytes.Buffer
	content.Grow(int(min(expected, max)) + bytes.MinRead)
	_, err := content.ReadFrom(io.LimitReader(r, max+1))
	return content.Bytes(), err
}
