// Package catalog keeps a box catalog: the JSON file by which Vagrant finds the
// versions of a box on any web server.
//
// Format: Vagrant's documentation, "Box File Format", "Box Metadata"; read by
// vagrant's lib/vagrant/box_metadata.rb.
package catalog

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"

	"github.com/pkg/errors"
)

// Box is one box to list.
type Box struct {
	// Name is the catalog's, as in "acme/hello".
	Name string
	// Description is the catalog's; empty leaves the one there is.
	Description string
	// Version is of digits and dots, as in "1.2.0".
	Version string
	// Provider is Vagrant's name of the hypervisor, such as "virtualbox".
	Provider string
	// Architecture is the guest's, in Go's terms.
	Architecture string
	// URL is where the box will be.
	URL string
	// SHA256 is the box's, in hexadecimal digits.
	SHA256 string
}

// file, version and provider are the catalog as Vagrant reads it.
type file struct {
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Versions    []version `json:"versions"`
}

type version struct {
	Version     string     `json:"version"`
	Status      string     `json:"status,omitempty"`
	Description string     `json:"description_markdown,omitempty"`
	Providers   []provider `json:"providers"`
}

type provider struct {
	Name         string `json:"name"`
	URL          string `json:"url"`
	ChecksumType string `json:"checksum_type,omitempty"`
	Checksum     string `json:"checksum,omitempty"`
	Architecture string `json:"architecture,omitempty"`
	Default      bool   `json:"default_architecture,omitempty"`
}

// usual is the architecture for a Vagrant that does not know of any.
const usual = "amd64"

// Check says what of a box cannot be listed.
func (b Box) Check() error {
	if !regexp.MustCompile(`^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$`).MatchString(b.Name) {
		return errors.Errorf("catalog: the name must be like acme/hello, not %q", b.Name)
	}
	if !regexp.MustCompile(`^[0-9]+(\.[0-9]+)*([.-][A-Za-z0-9]+)*$`).MatchString(b.Version) {
		return errors.Errorf("catalog: the version must be like 1.2.0, not %q", b.Version)
	}
	if u, err := url.Parse(b.URL); err != nil || u.Scheme == "" {
		return errors.Errorf("catalog: the URL of the box must be one with https:// or file:// in front, not %q", b.URL)
	}
	return nil
}

// Update returns the catalog with the box in it, in the place of one of the same
// version, provider and architecture. All else stays. old is the catalog there
// is, empty for none. It fails when old is not a catalog, or that of another box.
func Update(old []byte, b Box) ([]byte, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	f := file{Name: b.Name}
	if len(bytes.TrimSpace(old)) > 0 {
		if err := json.Unmarshal(old, &f); err != nil {
			return nil, errors.Wrap(err, "catalog: reading the one there is")
		}
	}
	if f.Name != b.Name {
		return nil, errors.Errorf("catalog: the one there is lists the box %q, not %q", f.Name, b.Name)
	}
	if b.Description != "" {
		f.Description = b.Description
	}
	i := slices.IndexFunc(f.Versions, func(v version) bool { return v.Version == b.Version })
	if i < 0 {
		i = len(f.Versions)
		f.Versions = append(f.Versions, version{Version: b.Version, Status: "active"})
	}
	f.Versions[i].add(provider{
		Name: b.Provider, URL: b.URL, ChecksumType: "sha256", Checksum: b.SHA256,
		Architecture: b.Architecture, Default: b.Architecture == usual,
	})
	out, err := json.MarshalIndent(f, "", "  ")
	return append(out, '\n'), errors.Wrap(err, "catalog: writing it")
}

// add puts a provider into its place. The usual architecture comes last, as
// Vagrant before 2.4 takes the last provider of a name.
func (v *version) add(p provider) {
	v.Providers = slices.DeleteFunc(v.Providers, func(o provider) bool {
		return o.Name == p.Name && (o.Architecture == p.Architecture || o.Architecture == "")
	})
	v.Providers = append(v.Providers, p)
	slices.SortStableFunc(v.Providers, func(a, b provider) int { return rank(a) - rank(b) })
}

func rank(p provider) int {
	if p.Architecture == usual {
		return 1
	}
	return 0
}
