// Package execution runs a program in a machine of its own as if it ran here: with the
// same arguments, environment, working folder and exit status, and with the files that
// it leaves brought back.
package execution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/lockfile"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

// Base is what all machines have in common that run programs on one kernel. It is made
// once and kept in the user's cache.
type Base struct {
	// Arch is the architecture in Go's terms.
	Arch string
	// CommandLine is the kernel's.
	CommandLine string
	// Card is the network card that the kernel has a driver for, in QEMU's terms.
	Card string

	dir string
}

func (b Base) kernel() string    { return filepath.Join(b.dir, "kernel") }
func (b Base) initramfs() string { return filepath.Join(b.dir, "initramfs") }

// Prepare makes the base for a kernel, or finds it in the cache. Of the options those
// count that choose the kernel, its modules and drivers. network says whether the
// machine asks for an address before the program starts.
func Prepare(ctx context.Context, o bake.Options, arch string, network bool, r bake.Reporter) (Base, error) {
	runner, err := stock.ExecInit(ctx, arch)
	if err != nil {
		return Base{}, err
	}
	cache, err := fetch.DefaultDir()
	if err != nil {
		return Base{}, err
	}
	if !network {
		o.Network = guest.Network{Wait: "0s"}
	}
	key, err := keyOf(runner, o)
	if err != nil {
		return Base{}, err
	}
	b := Base{dir: filepath.Join(cache, "exec", key)}
	if err := b.read(); err == nil {
		return b, nil
	}
	if err := os.MkdirAll(filepath.Dir(b.dir), 0o755); err != nil {
		return b, errors.Wrap(err, "making the cache")
	}
	release, err := lockfile.Acquire(ctx, b.dir+".lock", func() { r.Say("Waiting for another that prepares the same kernel") })
	if err != nil {
		return b, err
	}
	defer release()
	if err := b.read(); err == nil {
		return b, nil
	}
	return b, b.make(ctx, runner, o, r)
}

// make bakes it into a folder beside, which then takes its place.
func (b *Base) make(ctx context.Context, runner []byte, o bake.Options, r bake.Reporter) error {
	tmp := b.dir + ".part" // the lock is ours
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := os.Mkdir(tmp, 0o755); err != nil {
		return errors.Wrap(err, "making the cache")
	}
	o.Program = filepath.Join(tmp, "init")
	if err := os.WriteFile(o.Program, runner, 0o755); err != nil {
		return errors.Wrap(err, "writing the init")
	}
	made, err := bakeFast(ctx, o, tmp, r)
	if err != nil {
		return err
	}
	b.Arch, b.CommandLine, b.Card = made.Arch, made.CommandLine, made.Card
	told, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(tmp, "base.json"), told, 0o644); err != nil {
		return errors.Wrap(err, "writing the cache")
	}
	_ = os.Remove(o.Program)
	return errors.Wrap(os.Rename(tmp, b.dir), "writing the cache")
}

// bakeFast packs kernel and initramfs so that they are unpacked fast, if the kernel can
// be packed so.
func bakeFast(ctx context.Context, o bake.Options, dir string, r bake.Reporter) (bake.Result, error) {
	o.OutputKernel, o.OutputInitramfs = filepath.Join(dir, "kernel"), filepath.Join(dir, "initramfs")
	o.User, o.TrustStore, o.TimeZones = "root", "mozilla", "all"
	var made bake.Result
	var err error
	for _, way := range []struct{ payload, compression string }{{"stored", "lz4"}, {"original", "gzip"}} {
		o.KernelPayload, o.InitramfsCompression = way.payload, way.compression
		o.SetDefaults()
		for _, wrong := range o.Validate() {
			return made, wrong
		}
		b := bake.Bake{Options: o, Render: func(_, text string, _ bake.Variables) (string, error) { return text, nil }, Report: r}
		if made, err = b.Run(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	return made, err
}

func (b *Base) read() error {
	told, err := os.ReadFile(filepath.Join(b.dir, "base.json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(told, b)
}

// keyOf tells one base from others: by the init, the options and what the files that
// these name are now.
func keyOf(runner []byte, o bake.Options) (string, error) {
	told, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	sum.Write(runner)
	sum.Write(told)
	for _, root := range append([]string{o.Kernel, o.KernelConfig}, append(o.Modules, o.Keys...)...) {
		if root == "" || strings.Contains(root, "://") {
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err == nil {
				fmt.Fprintf(sum, "%s %d %d %s\n", path, info.Size(), info.ModTime().UnixNano(), info.Mode())
			}
			return err
		})
		if err != nil {
			return "", errors.Wrap(err, "kernel")
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}
