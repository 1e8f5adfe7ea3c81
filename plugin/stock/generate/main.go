// Generate builds the stock guest programs into plugin/stock/bin. It runs in
// plugin/stock, by go generate.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/klauspost/compress/gzip"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for name, pkg := range map[string]string{"init": "../../init", "debug": "../../init/debug", "demo": "../../init/demo"} {
		for _, arch := range []string{"amd64", "arm64"} {
			if err := generate(ctx, name, pkg, arch); err != nil {
				fmt.Fprintln(os.Stderr, "generate:", err)
				os.Exit(1)
			}
		}
	}
}

// withoutHTTP2 leaves HTTP/2 out of net/http, a twentieth of the init with SSH:
// the status page is served and asked for by HTTP/1.1, and so is what the
// shell's curl gets.
const withoutHTTP2 = "-tags=nethttpomithttp2"

// generate builds pkg for arch and writes it, compressed, if it has changed,
// so that a second run leaves the plugin's build cache alone.
func generate(ctx context.Context, name, pkg, arch string) error {
	built, remove, err := program.Build{Package: pkg, Arch: arch, Flags: []string{withoutHTTP2}}.Run(ctx)
	if err != nil {
		return err
	}
	defer remove()
	image, err := os.ReadFile(built)
	if err != nil {
		return errors.Wrapf(err, "reading %s", name)
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return errors.Wrap(err, "setting the gzip level")
	}
	if _, err := z.Write(image); err != nil {
		return errors.Wrapf(err, "compressing %s", name)
	}
	if err := z.Close(); err != nil {
		return errors.Wrapf(err, "compressing %s", name)
	}
	path := "bin/" + name + "-linux-" + arch + ".gz"
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, out.Bytes()) {
		return nil
	}
	return errors.Wrapf(os.WriteFile(path, out.Bytes(), 0o644), "writing %s", path)
}
