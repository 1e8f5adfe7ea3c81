package fetch

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"99999999999999":                1 << 30 * time.Second,
		"soon":                          0,
		"Sun, 01 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Sun, 01 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	var c Cache
	for tried, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 6: maxBackoff, 1000: maxBackoff} {
		for range 100 {
			if got := c.backoff(tried); got < want/2 || got > want {
				t.Fatalf("after %d attempts the wait is %v, want between %v and %v", tried, got, want/2, want)
			}
		}
	}
}

func TestValidator(t *testing.T) {
	const modified, later = "Sun, 01 Nov 2026 12:00:00 GMT", "Sun, 01 Nov 2026 12:01:00 GMT"
	tests := []struct {
		etag, modified, date, want string
	}{
		{`"a"`, modified, later, `"a"`},
		{`W/"a"`, modified, later, modified},
		{"", modified, modified, ""},
		{"", modified, "", ""},
		{"", "", later, ""},
	}
	for _, tt := range tests {
		h := http.Header{"Etag": {tt.etag}, "Last-Modified": {tt.modified}, "Date": {tt.date}}
		if got := validator(h); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

func TestWindowsPath(t *testing.T) {
	for from, want := range map[string]string{
		"file:///C:/a%20b/c":       "C:/a b/c",
		"file://localhost/C:/a":    "C:/a",
		"file://C:/a%20b/c":        "C:/a b/c",
		"file://server/share/file": "//server/share/file",
	} {
		u, err := url.Parse(from)
		if err != nil {
			t.Fatal(err)
		}
		if got := windowsPath(u); got != want {
			t.Errorf("%s: %q, want %q", from, got, want)
		}
	}
}
