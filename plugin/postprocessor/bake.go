package postprocessor

import (
	"context"
	"io"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// bake writes the machine to those outputs that there are, side by side. Only
// the kernel and its modules are in memory; all else is read where it is.
func bake(ctx context.Context, m image.Machine, files *outputs, outs results, progress image.Progress) error {
	initramfs, err := bakeInitramfs(ctx, m, files, outs, progress)
	if err != nil {
		return err
	}
	var disc content.Content
	if outs.disc() {
		layout, err := m.Disc(ctx, initramfs)
		if err != nil {
			return err
		}
		disc = progress.Watch("images", layout.Size()*outs.readers())(layout)
	}
	group, ctx := errgroup.WithContext(ctx)
	write := func(out *output, c content.Content) {
		if out != nil {
			group.Go(func() error { return content.Copy(ctx, out, c) })
		}
	}
	write(outs.iso, disc)
	write(outs.kernel, content.Bytes(m.Kernel.Image))
	disks := m.Disks(ctx, disc, func() (image.Scratch, error) { return files.scratch("disk") })
	for _, b := range outs.boxes {
		group.Go(func() error { return disks.WriteBox(ctx, b.output, b.provider) })
	}
	for _, p := range outs.products {
		group.Go(func() error { return p.make(ctx, disks, p.output, filepath.Base(p.path)) })
	}
	return group.Wait()
}

// bakeInitramfs writes the initramfs to its output, or else to a scratch file.
func bakeInitramfs(ctx context.Context, m image.Machine, files *outputs, outs results, progress image.Progress) (content.Content, error) {
	write := func(w io.Writer) error { return m.WriteInitramfs(ctx, w, progress) }
	if outs.initramfs != nil {
		return image.Keep(outs.initramfs, write)
	}
	file, err := files.scratch("initramfs")
	if err != nil {
		return nil, err
	}
	return image.Keep(file, write)
}
