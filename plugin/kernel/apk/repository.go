package apk

import (
	"context"

	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Repository is a repository of Alpine packages on a mirror, which need not be
// trusted. Use it from one goroutine at a time.
type Repository struct {
	Mirror  string // URL of what holds the branches: "https://dl-cdn.alpinelinux.org/alpine", or file:///...
	Branch  string // "latest-stable", "v3.24", "edge"
	Section string // empty means "main"
	Arch    string // in Alpine's terms: "x86_64", "aarch64"
	Keys    Keys
	Cache   *fetch.Cache
	// Warn, unless nil, is told of an index that is older than one seen before.
	Warn func(message string)

	index *Index
}

// Get returns a package from the cache or the mirror: the newest of the name,
// or the given version of it. A version that is in the cache is taken without
// asking the mirror, which need not have it any more.
//
// Besides what ReadPackage and fetch.Cache's Get fail with, it fails with a
// *GoneError when the mirror does not have the package, and a *MismatchError
// when what it has is not what its index names.
func (r *Repository) Get(ctx context.Context, name, version string) (*Package, error) {
	if err := r.check(name, version); err != nil {
		return nil, err
	}
	if version == "" {
		return r.newest(ctx, name)
	}
	pinned := Record{Info: Info{Name: name, Version: version, Arch: r.Arch}}
	offline := *r.Cache
	offline.Offline = true
	p, err := r.fetch(ctx, &offline, pinned)
	if err == nil || r.Cache.Offline {
		return p, err
	}
	index, err := r.Index(ctx)
	if err != nil {
		return nil, err
	}
	if record, ok := index.Version(name, version); ok {
		return r.fetchListed(ctx, record)
	}
	// Some mirrors keep what is no longer in their index.
	p, err = r.fetch(ctx, r.Cache, pinned)
	if isNotFound(err) {
		newest, _ := index.Lookup(name)
		return nil, &GoneError{Name: name, Version: version, Newest: newest.Version, Repository: r.url("")}
	}
	return p, err
}

// newest gets the newest package of the name.
func (r *Repository) newest(ctx context.Context, name string) (*Package, error) {
	index, err := r.Index(ctx)
	if err != nil {
		return nil, err
	}
	record, ok := index.Lookup(name)
	if !ok {
		return nil, &GoneError{Name: name, Repository: r.url("")}
	}
	if err := record.check(); err != nil {
		return nil, errors.Wrap(err, "the index of "+r.url(""))
	}
	return r.fetchListed(ctx, record)
}

// fetchListed gets a package that is in the index.
func (r *Repository) fetchListed(ctx context.Context, record Record) (*Package, error) {
	p, err := r.fetch(ctx, r.Cache, record)
	if isNotFound(err) {
		return nil, &GoneError{Name: record.Name, Version: record.Version, Newest: record.Version, Repository: r.url("")}
	}
	return p, err
}

// fetch gets the package of a record. Without a size the record is not from an
// index: then name, version and architecture must fit.
func (r *Repository) fetch(ctx context.Context, cache *fetch.Cache, want Record) (*Package, error) {
	file := want.String() + ".apk"
	limit := want.Size
	if limit != 0 {
		limit += 1 << 20 // another package is better told by what it is than by its size
	}
	var p *Package
	_, err := cache.Get(ctx, fetch.Request{
		URLs:      []string{r.url(file)},
		Name:      file,
		MaxSize:   limit,
		Immutable: true,
		Check: func(path string) error {
			content, err := input.Read(ctx, path, input.MaxKernel)
			if err != nil {
				return err
			}
			if p, err = ReadPackage(content, r.Keys); err != nil {
				return err
			}
			record := want
			if record.Size == 0 {
				record.Size, record.Checksum = p.Size, p.Checksum
			}
			return p.Is(record)
		},
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Index returns the repository's index. It is fetched once.
func (r *Repository) Index(ctx context.Context) (*Index, error) {
	if r.index != nil {
		return r.index, nil
	}
	if err := r.check("", ""); err != nil {
		return nil, err
	}
	var x *Index
	_, err := r.Cache.Get(ctx, fetch.Request{
		URLs:    []string{r.url("APKINDEX.tar.gz")},
		Name:    "APKINDEX.tar.gz",
		MaxSize: maxIndex,
		Check: func(path string) error {
			content, err := input.Read(ctx, path, input.MaxKernel)
			if err != nil {
				return err
			}
			if x, err = ReadIndex(content, r.Keys); err != nil {
				return err
			}
			return x.isFor(r.Arch)
		},
	})
	if isNotFound(err) {
		return nil, errors.Wrapf(err, "there is no Alpine branch %q for %q on the mirror %s", r.Branch, r.Arch, r.Mirror)
	}
	if err != nil {
		return nil, err
	}
	if err := r.compareWithSeen(x); err != nil {
		return nil, err
	}
	r.index = x
	return x, nil
}
