package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/postprocessor"
)

// bake compares the post-processor with the recipe on the same kernel, module
// and program, up to an ISO image and a box.
func (b *bench) bake(ctx context.Context) error {
	var ours, recipe series
	recipeDir := filepath.Join(b.dir, "recipe")
	for i := range b.runs + 1 {
		o, err := b.ours(ctx, original)
		if err != nil {
			return err
		}
		start := time.Now()
		if err := b.shell(ctx, recipeDir, b.program, initramfsScript, isoScript, boxScript); err != nil {
			return err
		}
		if i > 0 { // the first warms the caches
			ours, recipe = append(ours, o), append(recipe, time.Since(start))
		}
	}
	fmt.Fprintf(b.out, "Kernel %s, %d runs of each, interleaved; medians (lowest to highest).\n", filepath.Base(b.kernel), b.runs)
	fmt.Fprintf(b.out, "\n| bake | time | ISO | box |\n|---|---|---|---|\n")
	fmt.Fprintf(b.out, "| recipe | %s | %d | %d |\n", recipe, size(recipeDir, "machine.iso"), size(recipeDir, "machine.box"))
	fmt.Fprintf(b.out, "| ours | %s | %d | %d |\n", ours, size(b.dir, original+".iso"), size(b.dir, original+".box"))
	fmt.Fprintf(b.out, "\nBake time: %.2f of the recipe's. ISO less vmlinuz: %.2f MB.\n", ratio(ours, recipe),
		float64(size(b.dir, original+".iso")-size(b.kernel, "vmlinuz"))/1e6)
	return nil
}

// Our machines that are measured. The image and the box of one bear its name.
const (
	original = "original" // the kernel as it is
	lz4      = "lz4"      // kernel and initramfs are packed so
	withSSH  = "ssh"
	direct   = "direct" // with its initramfs in a file of its own
)

// ours runs the post-processor as Packer does, and tells how long it took.
func (b *bench) ours(ctx context.Context, machine string) (time.Duration, error) {
	start := time.Now()
	var p postprocessor.PostProcessor
	options := map[string]any{
		"program":    b.program,
		"network":    map[string]any{"wait": "0s"}, // the program but listens
		"output_iso": filepath.Join(b.dir, machine+".iso"),
		"output_box": filepath.Join(b.dir, machine+".box"),
	}
	switch machine {
	case lz4:
		options["kernel_payload"], options["initramfs_compression"] = lz4, lz4
	case direct:
		options["output_initramfs"] = filepath.Join(b.dir, machine+".initramfs")
		options["output_kernel"] = filepath.Join(b.dir, machine+".vmlinuz")
	case withSSH:
		delete(options, "program") // the same demonstration, under an init that has SSH
		options["ssh"] = map[string]any{"enabled": true, "authorized_keys": []string{ssh.FingerprintSHA256(b.key.PublicKey())}}
	}
	if err := p.Configure(options); err != nil {
		return 0, err
	}
	log.SetOutput(io.Discard) // where the ui repeats what it says
	ui := &packersdk.BasicUi{Writer: io.Discard, ErrorWriter: io.Discard, PB: &packersdk.NoopProgressTracker{}}
	source := &packersdk.MockArtifact{FilesValue: []string{filepath.Join(b.kernel, "vmlinuz")}}
	if driver := b.e1000(); driver != "" {
		source.FilesValue = append(source.FilesValue, driver)
	}
	_, _, _, err := p.PostProcess(ctx, ui, source)
	return time.Since(start), errors.Wrap(err, "running the post-processor")
}

// size is a file's size in bytes, -1 if it is not there.
func size(dir, name string) int64 {
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return -1
	}
	return info.Size()
}
