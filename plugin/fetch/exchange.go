package fetch

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// request asks for the whole file, or for what is missing of it.
func (t *transfer) request(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url.String(), nil)
	if err != nil {
		return nil, err
	}
	h := request.Header
	h.Set("User-Agent", "scratchmachine")
	// Else the transport would unpack what a server declares as packed, which
	// some do with every .gz file.
	h.Set("Accept-Encoding", "identity")
	if t.part.size > 0 {
		h.Set("Range", fmt.Sprintf("bytes=%d-", t.part.size))
		if t.validator != "" {
			h.Set("If-Range", t.validator)
		}
		return request, nil
	}
	if t.cached.ETag != "" {
		h.Set("If-None-Match", t.cached.ETag)
	}
	if t.cached.LastModified != "" {
		h.Set("If-Modified-Since", t.cached.LastModified)
	}
	return request, nil
}

// accept looks at the status and makes the part ready for the body.
func (t *transfer) accept(response *http.Response) error {
	switch response.StatusCode {
	case http.StatusOK:
		if err := t.part.reset(); err != nil {
			return err
		}
		t.validator = validator(response.Header)
	case http.StatusPartialContent:
		want := fmt.Sprintf("bytes %d-", t.part.size)
		if got := response.Header.Get("Content-Range"); !strings.HasPrefix(got, want) {
			return t.startOver(errors.Errorf("the server sent the range %q for %q", got, want))
		}
	case http.StatusRequestedRangeNotSatisfiable:
		return t.startOver(&StatusError{response.Status})
	default:
		return classifyStatus(response)
	}
	if response.ContentLength > t.MaxSize-t.part.size {
		return &SizeError{t.MaxSize}
	}
	return nil
}

// startOver empties the part; the error is one that another attempt may mend.
func (t *transfer) startOver(err error) error {
	t.validator = ""
	if err := t.part.reset(); err != nil {
		return err
	}
	return &transientError{err: err}
}

// validator returns what If-Range can compare (RFC 9110, section 13.1.5): a
// strong ETag, or a date a minute before the answer's own.
func validator(h http.Header) string {
	if etag := h.Get("Etag"); strings.HasPrefix(etag, `"`) {
		return etag
	}
	modified, err := http.ParseTime(h.Get("Last-Modified"))
	if err != nil {
		return ""
	}
	if date, err := http.ParseTime(h.Get("Date")); err != nil || date.Sub(modified) < time.Minute {
		return ""
	}
	return h.Get("Last-Modified")
}
