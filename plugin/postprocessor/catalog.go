package postprocessor

import (
	"io/fs"
	"os"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/catalog"
)

// catalogBox is what the catalog is to say of the box.
func (c *Config) catalogBox(arch, sha256 string) catalog.Box {
	return catalog.Box{
		Name: c.Catalog.Name, Description: c.Catalog.Description, Version: c.Catalog.Version,
		Provider: provider, Architecture: arch, URL: c.Catalog.URL, SHA256: sha256,
	}
}

// writeCatalog writes the catalog that there is, with the box in it.
func (c *Config) writeCatalog(out, box *output, arch string) error {
	old, err := os.ReadFile(out.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Wrap(err, "reading the catalog")
	}
	content, err := catalog.Update(old, c.catalogBox(arch, box.sha256()))
	if err != nil {
		return errors.Wrapf(err, "output_catalog: %s", out.path)
	}
	_, err = out.Write(content)
	return err
}
