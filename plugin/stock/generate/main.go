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

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for _, name := range stock.Names() {
		for _, arch := range []string{"amd64", "arm64"} {
			if err := generate(ctx, name, arch); err != nil {
				fmt.Fprintln(os.Stderr, "generate:", err)
				os.Exit(1)
			}
		}
	}
}

// generate builds a program for arch and writes it, compressed, if it has changed,
// so that a second run leaves the plugin's build cache alone.
func generate(ctx context.Context, name, arch string) error {
	image, err := stock.Build(ctx, "../..", name, arch)
	if err != nil {
		return err
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
