package fetch

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
)

// NotFoundError says that no URL has the file: HTTP status 404 or 410, or no
// such local file.
type NotFoundError struct {
	Name string
	URLs []string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s is not at %s", e.Name, strings.Join(e.URLs, ", nor at "))
}

// OfflineError says that the file is not in the cache and the network was not
// to be used.
type OfflineError struct {
	Name string
	URLs []string
}

func (e *OfflineError) Error() string {
	return fmt.Sprintf("%s is not in the download cache and fetching is switched off (offline): fetch it once online from %s",
		e.Name, strings.Join(e.URLs, " or "))
}

// DigestError says that a URL gave another file than the wanted one.
type DigestError struct {
	Want, Got string // SHA-256 in hexadecimal
	Size      int64  // of what came, in bytes
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("it is not the wanted file: its %d bytes have SHA-256 %s, wanted is %s", e.Size, e.Got, e.Want)
}

// wrongFileError says that what came is not what the request asks for.
type wrongFileError struct{ err error }

func (e *wrongFileError) Error() string { return e.err.Error() }
func (e *wrongFileError) Unwrap() error { return e.err }

// StatusError is an HTTP status that says no.
type StatusError struct {
	Status string // such as "403 Forbidden"
}

func (e *StatusError) Error() string { return "the server says " + e.Status }

// SizeError says that a file is larger than allowed.
type SizeError struct {
	Max int64 // in bytes
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("it has more than the %d bytes that are allowed for it", e.Max)
}

var (
	errNotFound = errors.New("no such file")
	errOffline  = errors.New("not in the cache")
)

type urlError struct {
	url string
	err error
}

func (e urlError) Error() string { return e.url + ": " + e.err.Error() }
func (e urlError) Unwrap() error { return e.err }

// summary makes one error of what went wrong at each URL.
func summary(name string, failures []urlError) error {
	var urls []string
	var rest []error
	offline := false
	for _, f := range failures {
		urls = append(urls, f.url)
		switch {
		case errors.Is(f.err, errOffline):
			offline = true
		case !errors.Is(f.err, errNotFound):
			rest = append(rest, f)
		}
	}
	switch {
	case len(rest) > 0:
		return &failedError{name, failures, rest}
	case offline:
		return &OfflineError{name, urls}
	}
	return &NotFoundError{name, urls}
}

// failedError tells what each URL said, and is those that said more than that
// they do not have the file.
type failedError struct {
	name string
	all  []urlError
	rest []error
}

func (e *failedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "fetching %s", e.name)
	for i, f := range e.all {
		fmt.Fprintf(&b, "%s %v", []string{":", "; then"}[min(i, 1)], f)
	}
	return b.String()
}

func (e *failedError) Unwrap() []error { return e.rest }
