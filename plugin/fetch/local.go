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
	path, example := u.Path, "file:///srv/mirror"
	if runtime.GOOS == "windows" {
		path, example = windowsPath(u), "file:///C:/mirror"
	} else if u.Host != "" && u.Host != "localhost" {
		return "", errors.New("names another host: write file:/// with three slashes")
	}
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		return "", errors.Errorf("has no absolute path: write it like %s", example)
	}
	return path, nil
}

// windowsPath turns file:///C:/folder and file://server/share into what
// Windows calls them (RFC 8089, appendix E), and file://C:/folder too, as many
// write it: no server has a colon in its name.
func windowsPath(u *url.URL) string {
	switch {
	case strings.HasSuffix(u.Host, ":"):
		return u.Host + u.Path
	case u.Host != "" && u.Host != "localhost":
		return "//" + u.Host + u.Path
	}
	return strings.TrimPrefix(u.Path, "/")
}
