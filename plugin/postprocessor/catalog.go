package postprocessor

import (
	"io/fs"
	"os"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/catalog"
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
// the variables that their URL may use.
func (c *Config) writeCatalog(out *output, boxes []boxOutput, data variables) error {
	content, err := os.ReadFile(out.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Wrap(err, "reading the catalog")
	}
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
