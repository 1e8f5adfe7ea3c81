package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// images makes what other hypervisors are to boot: the recipe's ISO image,
// recipe.iso, and our image and box, ours.iso and ours.box, in the folder that -output
// names.
func (b *bench) images(ctx context.Context) error {
	if b.output == "" {
		return errors.New("images needs -output, a folder")
	}
	blog := filepath.Join(b.dir, "blog")
	if err := b.recipeISO(ctx, blog, "blog"); err != nil {
		return err
	}
	if _, err := b.ours(ctx, original); err != nil {
		return err
	}
	if err := os.MkdirAll(b.output, 0o755); err != nil {
		return errors.Wrap(err, "making the folder for the images")
	}
	for name, made := range map[string]string{
		"recipe.iso": filepath.Join(blog, "machine.iso"),
		"ours.iso":   filepath.Join(b.dir, original+".iso"),
		"ours.box":   filepath.Join(b.dir, original+".box"),
	} {
		content, err := os.ReadFile(made)
		if err != nil {
			return errors.Wrap(err, "reading an image")
		}
		if err := os.WriteFile(filepath.Join(b.output, name), content, 0o644); err != nil {
			return errors.Wrap(err, "writing an image")
		}
	}
	return nil
}
