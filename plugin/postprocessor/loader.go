package postprocessor

import (
	"context"
	"io"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
)

// findLoader returns ISOLINUX, and says where it is from, or nil for the direct
// loader. files are those of the input artifact, by name.
func (c *Config) findLoader(ctx context.Context, ui packersdk.Ui, files map[string]string) (*bootloader.Isolinux, error) {
	if c.Bootloader == bootloaderDirect {
		return nil, nil
	}
	loader, origin, err := bootloader.Find(ctx, bootloader.Sources{Dir: c.IsolinuxDir, Files: files, Fetch: downloader(ui)})
	if err != nil && c.IsolinuxDir != "" {
		err = errors.Wrap(err, "isolinux_dir")
	}
	if err != nil {
		return nil, err
	}
	ui.Sayf("ISOLINUX from %s", origin)
	return &loader, nil
}

// downloader fetches into the user's cache and shows progress.
func downloader(ui packersdk.Ui) bootloader.Fetch {
	return func(ctx context.Context, urls []string, sha256 string) (string, error) {
		cache, err := newCache(ui)
		if err != nil {
			return "", err
		}
		ui.Sayf("Downloading %s", urls[0])
		return cache.Get(ctx, fetch.Request{URLs: urls, SHA256: sha256})
	}
}

// newCache is the user's cache, which shows progress.
func newCache(ui packersdk.Ui) (*fetch.Cache, error) {
	dir, err := fetch.DefaultDir()
	return &fetch.Cache{
		Dir: dir,
		Log: func(message string) { ui.Say(message) },
		Progress: func(name string, current, size int64, r io.ReadCloser) io.ReadCloser {
			return ui.TrackProgress(name, current, size, r)
		},
	}, err
}
