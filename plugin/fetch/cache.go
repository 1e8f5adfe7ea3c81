package fetch

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
)

// Cache is a folder of downloaded files. Its methods may be called from many
// goroutines, and many processes may use one folder.
type Cache struct {
	// Dir is the folder, made when needed; DefaultDir is the usual one.
	Dir string
	// Offline keeps Get from the network: only the cache and file URLs serve.
	Offline bool
	// Client does the requests. Nil means one that honours HTTP_PROXY,
	// HTTPS_PROXY and NO_PROXY.
	Client *http.Client
	// Progress, unless nil, wraps what is read from the network. Of size bytes
	// (0 when unknown) the first current are there already, from a download that
	// broke. Packer's Ui.TrackProgress can stand here.
	Progress func(name string, current, size int64, r io.ReadCloser) io.ReadCloser
	// Log, unless nil, is told of what takes longer than it should: a retry, a
	// wait for another process, a damaged entry.
	Log func(message string)
	// IdleTimeout ends a request that gave no byte for so long; 0 means 30 s.
	IdleTimeout time.Duration
	// Attempts without progress are made on each URL; 0 means 5.
	Attempts int
	// Backoff is the wait before the second attempt, doubled before each further
	// one; 0 means 1 s.
	Backoff time.Duration
}

// Request is one file to get.
type Request struct {
	// URLs are tried in order: http, https, and file with an absolute path.
	URLs []string
	// SHA256 is the wanted file's digest in hexadecimal. Without it the file is
	// whatever the first working URL gives.
	SHA256 string
	// Check, unless nil, is asked before a file is taken, fetched or cached, and
	// returns what is wrong with the one at path.
	Check func(path string) error
	// Immutable says that a URL serves one file for ever, so that one fetched
	// earlier serves. Without it, and without SHA256, the server is always asked
	// whether it has a newer one.
	Immutable bool
	// MaxSize in bytes; 0 means 1 GiB.
	MaxSize int64
	// Name is for people, in progress and errors; empty means the URL's last part.
	Name string
}

// DefaultDir returns the folder "scratchmachine" in the user's cache folder
// (see os.UserCacheDir). It fails when the environment names no such folder.
func DefaultDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", errors.Wrap(err, "finding a place for the download cache")
	}
	return filepath.Join(dir, "scratchmachine"), nil
}

// Get returns the path of a file with the wanted content. It is in the cache,
// named by its SHA-256 in hexadecimal, and is shared: do not change it.
//
// The content is checked against the digest on every call, a damaged entry is
// fetched again. When no URL works the error is a *NotFoundError if none has the
// file, an *OfflineError if the network was not to be used, else one that tells
// of each URL. A cancelled Get may leave a part behind, with which the next one
// for the same digest goes on.
func (c *Cache) Get(ctx context.Context, r Request) (string, error) {
	urls, err := r.check()
	if err != nil {
		return "", err
	}
	if path, ok := c.lookup(ctx, r.SHA256); ok && c.passes(r, path) {
		return path, nil
	}
	if err := c.makeFolders(); err != nil {
		return "", err
	}
	unlock, err := c.lock(ctx, r)
	if err != nil {
		return "", err
	}
	defer unlock()
	// The process that had the lock may have fetched the very file.
	if path, ok := c.lookup(ctx, r.SHA256); ok && c.passes(r, path) {
		return path, nil
	}
	return c.getLocked(ctx, r, urls)
}

// getLocked tries each URL. The caller holds the lock of r.
func (c *Cache) getLocked(ctx context.Context, r Request, urls []*url.URL) (string, error) {
	part, err := openPartial(ctx, c.partialPath(r, ".part"), r.fixed(), r.MaxSize)
	if err != nil {
		return "", errors.Wrapf(err, "opening a file in the cache for %s", r.Name)
	}
	defer part.close()
	var failures []urlError
	for _, u := range urls {
		path, err := c.getFrom(ctx, r, u, part)
		if err == nil {
			return path, nil
		}
		if ctx.Err() != nil {
			return "", errors.Wrapf(context.Cause(ctx), "fetching %s", r.Name)
		}
		failures = append(failures, urlError{u.Redacted(), err})
	}
	return "", summary(r.Name, failures)
}

// getFrom gets the file from one URL.
func (c *Cache) getFrom(ctx context.Context, r Request, u *url.URL, part *partial) (string, error) {
	if u.Scheme == "file" {
		return c.copyFile(ctx, r, u, part)
	}
	if c.Offline || r.Immutable {
		if path, ok := c.lookup(ctx, c.readRecord(u).SHA256); ok && r.SHA256 == "" && c.passes(r, path) {
			return path, nil
		}
	}
	if c.Offline {
		return "", errOffline
	}
	return c.download(ctx, r, u, part)
}

// commit gives a complete part its name in the cache, if it is what was wanted.
func (c *Cache) commit(r Request, part *partial) (string, error) {
	digest := part.digest()
	var wrong error
	if r.SHA256 != "" && digest != r.SHA256 {
		wrong = &DigestError{Want: r.SHA256, Got: digest, Size: part.size}
	} else if r.Check != nil {
		wrong = r.Check(part.file.Name())
	}
	if wrong != nil {
		if err := part.reset(); err != nil {
			return "", err
		}
		return "", &wrongFileError{wrong}
	}
	path := c.entry(digest)
	return path, part.rename(path)
}

func (c *Cache) log(message string) {
	if c.Log != nil {
		c.Log(message)
	}
}
