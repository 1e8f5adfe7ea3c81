package fetch

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/pkg/errors"
)

// transfer is the download of one file from one URL, in one or more attempts.
type transfer struct {
	*Cache
	Request
	url       *url.URL
	part      *partial
	cached    record // what the URL gave last time
	validator string // for If-Range: an ETag or a date, of what is in part
}

// download gets the file from a web server, and again while that makes sense.
func (c *Cache) download(ctx context.Context, r Request, u *url.URL, part *partial) (string, error) {
	t := &transfer{Cache: c, Request: r, url: u, part: part}
	if !r.fixed() {
		cached := c.readRecord(u)
		if path, ok := c.lookup(ctx, cached.SHA256); ok && c.passes(r, path) {
			t.cached = cached
		}
	}
	return t.run(ctx)
}

// attempt makes one request. What came stays in the part when it breaks.
func (t *transfer) attempt(ctx context.Context) (string, error) {
	if t.SHA256 != "" && t.part.digest() == t.SHA256 {
		return t.commit(t.Request, t.part)
	}
	if !t.fixed() && t.validator == "" {
		// Nothing would tell whether the rest belongs to this part.
		if err := t.part.reset(); err != nil {
			return "", err
		}
	}
	ctx, watch := watchIdle(ctx, t.idleTimeout())
	defer watch.stop()
	request, err := t.request(ctx)
	if err != nil {
		return "", err
	}
	response, err := t.client().Do(request)
	if err != nil {
		return "", watch.explain(classify(err))
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotModified && t.cached.SHA256 != "" {
		return t.entry(t.cached.SHA256), nil
	}
	if err := t.accept(response); err != nil {
		return "", err
	}
	if err := t.read(response, watch); err != nil {
		return "", watch.explain(err)
	}
	return t.finish(response)
}

// read appends the body to the part.
func (t *transfer) read(response *http.Response, watch *idleWatch) error {
	body := response.Body
	if t.Progress != nil {
		size := max(0, response.ContentLength)
		if size > 0 {
			size += t.part.size
		}
		body = t.Progress(t.Name, t.part.size, size, body)
		defer body.Close()
	}
	buffer := make([]byte, 1<<17)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			watch.reset()
			if _, err := t.part.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &transientError{err: errors.Wrapf(err, "after %d bytes", t.part.size)}
		}
	}
}

// finish takes the complete file into the cache.
func (t *transfer) finish(response *http.Response) (string, error) {
	resumed := response.StatusCode == http.StatusPartialContent
	path, err := t.commit(t.Request, t.part)
	var wrong *wrongFileError
	if errors.As(err, &wrong) && resumed {
		// The first part may be from another server, or damaged on the disk.
		return "", &transientError{err: err}
	}
	if err == nil && t.SHA256 == "" {
		err = t.writeRecord(t.url, t.part.digest(), response.Header)
	}
	return path, err
}
