package status

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/pkg/errors"
)

// Socket is where the page is for processes of the machine, without TCP: what
// the shell asks.
const Socket = "/run/machine/status.sock"

// Ask asks the machine's own page, and returns what it answers.
func Ask(ctx context.Context, path string) (io.ReadCloser, error) {
	return send(ctx, http.MethodGet, path)
}

// Tell gives an order, of those of [LocalHandler].
func Tell(ctx context.Context, path string) error {
	answer, err := send(ctx, http.MethodPost, path)
	if err == nil {
		_ = answer.Close()
	}
	return err
}

func send(ctx context.Context, method, path string) (io.ReadCloser, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", Socket)
		},
	}}
	request, err := http.NewRequestWithContext(ctx, method, "http://machine"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		why, _ := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		_ = response.Body.Close()
		if text := strings.TrimSpace(string(why)); text != "" {
			return nil, errors.New(text)
		}
		return nil, errors.Errorf("%s %s: %s", method, path, response.Status)
	}
	return response.Body, nil
}
