package bake

import (
	"context"
	"io/fs"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/catalog"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/lockfile"
)

// catalogBox is what the catalog is to say of a box.
func (o *Options) catalogBox(provider, arch, url, sha256 string) catalog.Box {
	return catalog.Box{
		Name: o.Catalog.Name, Description: o.Catalog.Description, Version: o.Catalog.Version,
		Provider: provider, Architecture: arch, URL: url, SHA256: sha256,
	}
}

// writeCatalog writes the catalog that there is, with the boxes in it. data are
// the variables that their URL may use. Until release is called no other build
// does the same, so that none loses what another adds.
func (b *Bake) writeCatalog(ctx context.Context, out *output.File, boxes []box, data Variables) (release func(), err error) {
	target := out.Target()
	dir, name := filepath.Split(target)
	release, err = lockfile.Acquire(ctx, dir+"."+name+".lock", func() {
		b.Report.Sayf("Waiting for another build that writes %s", out.Path())
	})
	if err != nil {
		return nil, errors.Wrap(err, "output_catalog")
	}
	if err := b.addBoxes(ctx, out, boxes, data); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (b *Bake) addBoxes(ctx context.Context, out *output.File, boxes []box, data Variables) error {
	text, err := input.ReadText(ctx, out.Target())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Wrap(err, "output_catalog")
	}
	content := []byte(text)
	for _, box := range boxes {
		url, err := b.Render("the catalog's url", b.Options.Catalog.URL, data.with(box.provider))
		if err != nil {
			return err
		}
		content, err = catalog.Update(content, b.Options.catalogBox(box.provider, data.arch(), url, box.SHA256()))
		if err != nil {
			return errors.Wrapf(err, "output_catalog: %s", out.Path())
		}
	}
	_, err = out.Write(content)
	return err
}
