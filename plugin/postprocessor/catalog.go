package postprocessor

import (
	"context"
	"io/fs"
	"path/filepath"

	packersdk "github.com/hashicorp/packer-plugin-sdk/packer"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/catalog"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/lockfile"
)

// catalogBox is what the catalog is to say of a box.
func (c *Config) catalogBox(provider, arch, url, sha256 string) catalog.Box {
	return catalog.Box{
		Name: c.Catalog.Name, Description: c.Catalog.Description, Version: c.Catalog.Version,
		Provider: provider, Architecture: arch, URL: url, SHA256: sha256,
	}
}

// renderCatalog renders all but the URL, which waits for its variables.
func (c *Config) renderCatalog() error {
	for name, text := range map[string]*string{
		"name": &c.Catalog.Name, "version": &c.Catalog.Version, "description": &c.Catalog.Description,
	} {
		rendered, err := c.render("the catalog's "+name, *text, nil)
		if err != nil {
			return err
		}
		*text = rendered
	}
	return nil
}

// writeCatalog writes the catalog that there is, with the boxes in it. data are
// the variables that their URL may use. Until release is called no other build
// does the same, so that none loses what another adds.
func (c *Config) writeCatalog(ctx context.Context, ui packersdk.Ui, out *output, boxes []boxOutput, data variables) (release func(), err error) {
	target := out.file.Target()
	dir, name := filepath.Split(target)
	release, err = lockfile.Acquire(ctx, dir+"."+name+".lock", func() {
		ui.Sayf("Waiting for another build that writes %s", out.path)
	})
	if err != nil {
		return nil, errors.Wrap(err, "output_catalog")
	}
	if err := c.addBoxes(ctx, out, boxes, data); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (c *Config) addBoxes(ctx context.Context, out *output, boxes []boxOutput, data variables) error {
	text, err := input.ReadText(ctx, out.file.Target())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Wrap(err, "output_catalog")
	}
	content := []byte(text)
	for _, b := range boxes {
		url, err := c.render("the catalog's url", c.Catalog.URL, data.with(b.provider))
		if err != nil {
			return err
		}
		content, err = catalog.Update(content, c.catalogBox(b.provider, data.arch(), url, b.sha256()))
		if err != nil {
			return errors.Wrapf(err, "output_catalog: %s", out.path)
		}
	}
	_, err = out.Write(content)
	return err
}
