package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pkg/errors"
)

const (
	maxBackoff    = 30 * time.Second
	maxRetryAfter = 2 * time.Minute

	// progress is how many new bytes make a broken attempt worth another.
	progress = 64 << 10
)

// transientError is one that another attempt may not meet.
type transientError struct {
	err   error
	after time.Duration // what the server asks to wait, or 0
}

func (e *transientError) Error() string { return e.err.Error() }
func (e *transientError) Unwrap() error { return e.err }

// run makes attempts until one succeeds, fails for good, or too many in a row
// brought nothing new to speak of.
func (t *transfer) run(ctx context.Context) (string, error) {
	attempts := t.Attempts
	if attempts == 0 {
		attempts = 5
	}
	farthest := t.part.size
	for tried := 1; ; tried++ {
		path, err := t.attempt(ctx)
		var transient *transientError
		if err == nil || ctx.Err() != nil || !errors.As(err, &transient) {
			return path, err
		}
		if t.part.size >= farthest+progress {
			farthest, tried = t.part.size, 1
		}
		if tried >= attempts {
			return "", errors.Wrapf(transient.err, "giving up after %d attempts", tried)
		}
		wait := max(t.backoff(tried), transient.after)
		t.log(fmt.Sprintf("fetching %s: %v; trying again in %v", t.Name, err, wait.Round(time.Millisecond)))
		if err := sleep(ctx, wait); err != nil {
			return "", err
		}
	}
}

// backoff is the wait after so many attempts: twice as long each time, half of
// it by chance so that many builds do not come back at once.
func (c *Cache) backoff(tried int) time.Duration {
	wait := c.Backoff
	if wait == 0 {
		wait = time.Second
	}
	wait = min(wait<<min(tried-1, 16), max(wait, maxBackoff))
	return wait/2 + rand.N(wait/2+1)
}

// classify tells errors of the network that may pass from those that stay.
func classify(err error) error {
	var (
		request     *url.Error
		redirect    *redirectError
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	if errors.As(err, &request) {
		err = request.Err // the URL is named further up
	}
	switch {
	case errors.As(err, &redirect):
		return redirect
	case errors.As(err, &certificate):
		return err
	case errors.As(err, &dns) && dns.IsNotFound:
		return err
	}
	return &transientError{err: err}
}

// classifyStatus makes an error of a status other than success.
func classifyStatus(response *http.Response) error {
	err := &StatusError{response.Status}
	switch response.StatusCode {
	case http.StatusNotFound, http.StatusGone:
		return errNotFound
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		after := retryAfter(response.Header, time.Now())
		if after > maxRetryAfter {
			return errors.Wrapf(err, "come back in %v", after.Round(time.Second))
		}
		return &transientError{err: err, after: after}
	}
	return err
}

// retryAfter reads the header of that name: seconds or a date (RFC 9110,
// section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 1<<30)) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

// sleep waits, or returns why the context ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
