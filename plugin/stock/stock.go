// Package stock carries the guest programs that come with the plugin: the
// stock init, which runs a program that knows nothing of being PID 1, with and
// without SSH, a status page and TLS, the demonstration, and the init that runs a program
// for somebody outside. They are built from init/ by `go generate ./plugin/stock`,
// which comes before `go build ./plugin`; git does not keep them. What was built of a
// version of the module, by `go run ...@VERSION`, builds them itself when it needs one.
package stock

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"io"

	"github.com/pkg/errors"
)

//go:generate go run ./generate

// The pattern names the folder, not the files, so that a fresh checkout
// compiles: tools that only read the code need no binaries.
//
//go:embed bin
var binaries embed.FS

// Init returns the stock init for an architecture in Go's terms, an ELF file.
func Init(ctx context.Context, arch string) ([]byte, error) { return get(ctx, "init", arch) }

// DebugInit returns the stock init that has SSH and the status page.
func DebugInit(ctx context.Context, arch string) ([]byte, error) { return get(ctx, "debug", arch) }

// Demo returns the demonstration for an architecture in Go's terms: a program
// that calls machine.Run and serves a greeting on port 80.
func Demo(ctx context.Context, arch string) ([]byte, error) { return get(ctx, "demo", arch) }

// ExecInit returns the init that runs what package execution describes.
func ExecInit(ctx context.Context, arch string) ([]byte, error) { return get(ctx, "exec", arch) }

// get takes what is embedded, or else builds it.
func get(ctx context.Context, name, arch string) ([]byte, error) {
	compressed, err := binaries.ReadFile("bin/" + name + "-linux-" + arch + ".gz")
	if err != nil {
		return fromModule(ctx, name, arch)
	}
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, errors.Wrapf(err, "unpacking the stock %s", name)
	}
	image, err := io.ReadAll(z)
	return image, errors.Wrapf(err, "unpacking the stock %s", name)
}
