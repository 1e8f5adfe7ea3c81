package status

import (
	"context"
	"io"
	"net"
	"net/http"

	"github.com/pkg/errors"
)

// Socket is where the page is for processes of the machine, without TCP: what
// the shell asks.
const Socket = "/run/machine/status.sock"

// Ask asks the machine's own page, and returns what it answers.
func Ask(ctx context.Context, path string) (io.ReadCloser, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", Socket)
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://machine"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, errors.Errorf("GET %s: %s", path, response.Status)
	}
	return response.Body, nil
}
