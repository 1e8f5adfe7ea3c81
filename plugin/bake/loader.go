package bake

import (
	"context"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
)

// findLoader returns ISOLINUX, and says where it is from, or nil for the direct
// loader. files are those of the input artifact, by name.
func (o *Options) findLoader(ctx context.Context, r Reporter, files map[string]string) (*bootloader.Isolinux, error) {
	if o.Bootloader == bootloaderDirect {
		return nil, nil
	}
	loader, origin, err := bootloader.Find(ctx, bootloader.Sources{Dir: o.IsolinuxDir, Files: files, Fetch: downloader(r)})
	if err != nil && o.IsolinuxDir != "" {
		err = errors.Wrap(err, "isolinux_dir")
	}
	if err != nil {
		return nil, err
	}
	r.Sayf("ISOLINUX from %s", origin)
	return &loader, nil
}

// downloader fetches into the user's cache and shows progress.
func downloader(r Reporter) bootloader.Fetch {
	return func(ctx context.Context, urls []string, sha256 string) (string, error) {
		cache, err := newCache(r)
		if err != nil {
			return "", err
		}
		r.Sayf("Downloading %s", urls[0])
		return cache.Get(ctx, fetch.Request{URLs: urls, SHA256: sha256})
	}
}

// newCache is the user's cache, which shows progress.
func newCache(r Reporter) (*fetch.Cache, error) {
	dir, err := fetch.DefaultDir()
	return &fetch.Cache{
		Dir: dir,
		Log: func(message string) { r.Say(message) },
		Progress: func(name string, current, size int64, stream io.ReadCloser) io.ReadCloser {
			return r.TrackProgress(name, current, size, stream)
		},
	}, err
}
