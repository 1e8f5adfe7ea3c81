package fetch

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// copyFile takes the file of a file URL into the cache.
func (c *Cache) copyFile(ctx context.Context, r Request, u *url.URL, part *partial) (string, error) {
	path, err := localPath(u)
	if err != nil {
		return "", err
	}
	f, err := input.Open(path, r.MaxSize)
	if errors.Is(err, os.ErrNotExist) {
		return "", errNotFound
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := part.reset(); err != nil {
		return "", err
	}
	if _, err := io.Copy(part, input.Reader(ctx, f)); err != nil {
		return "", err
	}
	return c.commit(r, part)
}

// localPath is the path that a file URL stands for (RFC 8089).
func localPath(u *url.URL) (string, error) {
	path := u.Path
	if runtime.GOOS == "windows" {
		path = windowsPath(u)
	} else if u.Host != "" && u.Host != "localhost" {
		return "", errors.New("names another host: write file:/// with three slashes")
	}
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		return "", errors.New("has no absolute path")
	}
	return path, nil
}

// windowsPath turns file:///C:/folder and file://server/share into what
// Windows calls them (RFC 8089, appendix E).
func windowsPath(u *url.URL) string {
	if u.Host != "" && u.Host != "localhost" {
		return "//" + u.Host + u.Path
	}
	return strings.TrimPrefix(u.Path, "/")
}
