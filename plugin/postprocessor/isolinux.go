package postprocessor

import (
	"context"
	"io"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/bootloader"
)

// findIsolinux finds the boot loader and says where. files are those of the
// input artifact, by name.
func findIsolinux(ctx context.Context, ui packersdk.Ui, dir string, files map[string]string) (bootloader.Isolinux, error) {
	loader, origin, err := bootloader.Find(ctx, bootloader.Sources{Dir: dir, Files: files, Fetch: downloader(ui)})
	if err == nil {
		ui.Sayf("ISOLINUX from %s", origin)
	}
	return loader, err
}

// downloader fetches into the user's cache and shows progress.
func downloader(ui packersdk.Ui) bootloader.Fetch {
	return func(ctx context.Context, urls []string, sha256 string) (string, error) {
		dir, err := fetch.DefaultDir()
		if err != nil {
			return "", err
		}
		cache := fetch.Cache{
			Dir: dir,
			Log: func(message string) { ui.Say(message) },
			Progress: func(name string, current, size int64, r io.ReadCloser) io.ReadCloser {
				return ui.TrackProgress(name, current, size, r)
			},
		}
		ui.Sayf("Downloading %s", urls[0])
		return cache.Get(ctx, fetch.Request{URLs: urls, SHA256: sha256})
	}
}
