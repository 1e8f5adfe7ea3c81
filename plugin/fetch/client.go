package fetch

import (
	"fmt"
	"net/http"
)

const maxRedirects = 10

// redirectError is a redirect that is not followed.
type redirectError struct{ reason string }

func (e *redirectError) Error() string { return e.reason }

// client returns the HTTP client with our rules for redirects before its own.
func (t *transfer) client() *http.Client {
	var client http.Client
	if t.Client != nil {
		client = *t.Client
	}
	next := client.CheckRedirect
	client.CheckRedirect = func(request *http.Request, via []*http.Request) error {
		to := request.URL.Redacted()
		if len(via) >= maxRedirects {
			return &redirectError{fmt.Sprintf("the server redirects in a circle: %d times, the last to %s", len(via), to)}
		}
		from := via[len(via)-1].URL
		if request.URL.Scheme != "https" && request.URL.Scheme != "http" {
			return &redirectError{fmt.Sprintf("%s redirects to %s, which is not on the web", from.Redacted(), to)}
		}
		if t.SHA256 == "" && t.Check == nil && from.Scheme == "https" && request.URL.Scheme != "https" {
			return &redirectError{fmt.Sprintf("%s redirects to %s, which is not encrypted: without knowing the file that is not safe",
				from.Redacted(), to)}
		}
		if next != nil {
			return next(request, via)
		}
		return nil
	}
	return &client
}
