package postprocessor

import (
	"bytes"
	"context"
	"io"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/iso"
)

// bake writes the machine to those outputs that there are, side by side.
func bake(ctx context.Context, m image.Machine, outs results) error {
	initramfs, err := m.Initramfs(ctx)
	if err != nil {
		return err
	}
	var disc *iso.Layout
	if outs.disc() {
		if disc, err = m.Disc(initramfs); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	write := func(out *output, content io.WriterTo) {
		if out != nil {
			group.Go(func() error {
				_, err := content.WriteTo(cancellable{ctx, out})
				return err
			})
		}
	}
	write(outs.iso, disc)
	write(outs.kernel, bytes.NewReader(m.Kernel.Image))
	write(outs.initramfs, bytes.NewReader(initramfs))
	disks := m.Disks(ctx, disc)
	for _, b := range outs.boxes {
		group.Go(func() error { return disks.WriteBox(ctx, cancellable{ctx, b.output}, b.provider) })
	}
	for _, p := range outs.products {
		group.Go(func() error { return p.make(ctx, disks, cancellable{ctx, p.output}, filepath.Base(p.path)) })
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
