// Package gokrazy has gokrazy's kernels, which come as Go modules: for whoever has Go and
// names no kernel. All that a machine in QEMU needs is built into them.
package gokrazy

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"

	"github.com/pkg/errors"
)

// module is one that holds a kernel.
type module struct{ path, version, sum string }

// modules are pinned by the checksum that go.sum would have. scripts/kernel has the same.
var modules = map[string]module{
	"amd64": {"github.com/gokrazy/kernel.amd64", "v0.0.0-20260705070735-de680abf072b", "h1:H9m4mwDqTyQG0AKVviBQp09T3OrY1X3tHNyrJCbqJfY="},
	"arm64": {"github.com/gokrazy/kernel.arm64", "v0.0.0-20260705071517-37841c4d6ff1", "h1:MYq3OcTlEz46i/DZxG3c6ePjE6Te/024cPW2VHTBVAs="},
}

// Kernel returns the path of the module's zip file for an architecture in Go's terms,
// and its checksum. The go command, which must be in PATH, downloads it once and keeps it.
func Kernel(ctx context.Context, arch string) (path, checksum string, err error) {
	m, ok := modules[arch]
	if !ok {
		return "", "", errors.Errorf("there is no kernel for %s: give amd64 or arm64, or name a kernel", arch)
	}
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return "", "", errors.New("the Go toolchain, which brings the kernel, is not in PATH: install it, or name a kernel")
	}
	cmd := exec.CommandContext(ctx, gocmd, "mod", "download", "-json", m.path+"@"+m.version)
	cmd.Dir = os.TempDir() // in no module
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var got struct{ Zip, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &got); jsonErr != nil && err == nil {
		err = jsonErr
	}
	switch {
	case ctx.Err() != nil:
		return "", "", ctx.Err()
	case got.Error != "":
		err = errors.New(got.Error)
	case err != nil && stderr.Len() > 0:
		err = errors.New(strings.TrimSpace(stderr.String()))
	case err == nil && got.Sum != m.sum:
		err = errors.Errorf("its checksum is %s, not %s", got.Sum, m.sum)
	}
	return got.Zip, m.sum, errors.Wrapf(err, "downloading the kernel %s@%s", m.path, m.version)
}
