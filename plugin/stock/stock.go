// Package stock carries the guest programs that come with the plugin: the
// stock init, which runs a program that knows nothing of being PID 1, with and
// without SSH, a status page and TLS, and the demonstration. They are built from init/ by `go generate ./plugin/stock`,
// which must come before `go build ./plugin`; git does not keep them.
package stock

import (
	"bytes"
	"compress/gzip"
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
func Init(arch string) ([]byte, error) { return read("init", arch) }

// DebugInit returns the stock init that has SSH, the status page, and TLS for the log.
func DebugInit(arch string) ([]byte, error) { return read("debug", arch) }

// Demo returns the demonstration for an architecture in Go's terms: a program
// that calls machine.Run and serves a greeting on port 80.
func Demo(arch string) ([]byte, error) { return read("demo", arch) }

func read(name, arch string) ([]byte, error) {
	compressed, err := binaries.ReadFile("bin/" + name + "-linux-" + arch + ".gz")
	if err != nil {
		return nil, errors.Errorf("this plugin was built without the stock %s for linux/%s: "+
			"run 'go generate ./plugin/stock' before 'go build ./plugin', or use scripts/build", name, arch)
	}
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, errors.Wrapf(err, "unpacking the stock %s", name)
	}
	image, err := io.ReadAll(z)
	return image, errors.Wrapf(err, "unpacking the stock %s", name)
}
