package postprocessor

import (
	"context"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
)

// bake writes the machine to those outputs that are not nil, side by side.
func bake(ctx context.Context, m image.Machine, iso, box *output) error {
	initramfs, err := m.Initramfs()
	if err != nil {
		return err
	}
	disc, err := m.Disc(initramfs)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	if iso != nil {
		group.Go(func() error {
			_, err := disc.WriteTo(cancellable{ctx, iso})
			return err
		})
	}
	if box != nil {
		group.Go(func() error { return m.WriteBox(ctx, cancellable{ctx, box}, disc) })
	}
	return group.Wait()
}

// cancellable ends what is being written to w when ctx does.
type cancellable struct {
	ctx context.Context
	w   io.Writer
}

// stride bounds how long one write can hold up the end, in bytes.
const stride = 1 << 20

func (c cancellable) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		if err := c.ctx.Err(); err != nil {
			return written, err
		}
		n, err := c.w.Write(p[:min(len(p), stride)])
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}
