package bake

import (
	"context"
	"io"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
)

// write writes the machine to those outputs that there are, side by side. Only
// the kernel and its modules are in memory; all else is read where it is.
func write(ctx context.Context, m image.Machine, files *output.Files, outs results, progress image.Progress) error {
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
	copyTo := func(out *output.File, c content.Content) {
		if out != nil {
			group.Go(func() error { return content.Copy(ctx, out, c) })
		}
	}
	copyTo(outs.iso, disc)
	copyTo(outs.kernel, content.Bytes(m.Kernel.Image))
	disks := m.Disks(ctx, disc, func() (image.Scratch, error) { return files.Scratch("disk") })
	for _, b := range outs.boxes {
		group.Go(func() error { return disks.WriteBox(ctx, b.File, b.provider) })
	}
	for _, p := range outs.products {
		group.Go(func() error { return p.make(ctx, disks, p.File, filepath.Base(p.Path())) })
	}
	return group.Wait()
}

// bakeInitramfs writes the initramfs to its output, or else to a scratch file.
func bakeInitramfs(ctx context.Context, m image.Machine, files *output.Files, outs results, progress image.Progress) (content.Content, error) {
	write := func(w io.Writer) error { return m.WriteInitramfs(ctx, w, progress) }
	if outs.initramfs != nil {
		return image.Keep(outs.initramfs, write)
	}
	file, err := files.Scratch("initramfs")
	if err != nil {
		return nil, err
	}
	return image.Keep(file, write)
}
