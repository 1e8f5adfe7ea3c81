package probe

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	at := netip.MustParseAddrPort
	tests := []struct {
		text    string
		want    Probe
		failure string
	}{
		{"tcp://127.0.0.1:5432", Probe{at("127.0.0.1:5432"), ""}, ""},
		{"tcp://:5432/", Probe{at("127.0.0.1:5432"), ""}, ""},
		{"http://10.0.2.15", Probe{at("10.0.2.15:80"), "/"}, ""},
		{"http://:8080/health?deep=1", Probe{at("127.0.0.1:8080"), "/health?deep=1"}, ""},
		{"http://[::1]/", Probe{at("[::1]:80"), "/"}, ""},
		{"http://[::1]:81/", Probe{at("[::1]:81"), "/"}, ""},
		{"tcp://127.0.0.1", Probe{}, "needs an IP address"},
		{"tcp://web:80", Probe{}, "needs an IP address"},
		{"tcp://:0", Probe{}, "needs an IP address"},
		{"http://:70000", Probe{}, "needs an IP address"},
		{"tcp://:80/health", Probe{}, "only http://"},
		{"https://:443/", Probe{}, "neither with http:// nor with tcp://"},
		{"http://:80/a b\r\nX: y", Probe{}, "other than ASCII"},
		{"", Probe{}, "neither with"},
	}
	for _, test := range tests {
		got, err := Parse(test.text)
		if got != test.want || (err == nil) != (test.failure == "") || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%s: %+v, %v, want %+v, %q", test.text, got, err, test.want, test.failure)
		}
	}
}

// TestTry asks the standard library's server.
func TestTry(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "deep=1" || r.Host == "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	mux.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	hung := make(chan struct{})
	mux.HandleFunc("/hung", func(http.ResponseWriter, *http.Request) { <-hung })
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(hung)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	address := server.Listener.Addr().String()
	tests := []struct {
		check, failure string
		ctx            context.Context
	}{
		{"tcp://" + address, "", t.Context()},
		{"http://" + address + "/good?deep=1", "", t.Context()},
		{"http://" + address + "/bad", "status 503", t.Context()},
		{"http://" + address + "/gone", "status 404", t.Context()},
		{"tcp://" + address, "canceled", over},
	}
	for _, test := range tests {
		p, err := Parse(test.check)
		if err != nil {
			t.Fatal(err)
		}
		err = p.Try(test.ctx)
		if (err == nil) != (test.failure == "") || err != nil && !strings.Contains(err.Error(), test.failure) {
			t.Errorf("%s: %v, want %q", test.check, err, test.failure)
		}
	}
	p, err := Parse("http://" + address + "/hung")
	if err != nil {
		t.Fatal(err)
	}
	waiting, stop := context.WithCancel(t.Context())
	tried := make(chan error)
	go func() { tried <- p.Try(waiting) }()
	stop()
	if err := <-tried; err == nil {
		t.Error("a server that does not answer works")
	}
}

// TestTryRefused: nobody listens.
func TestTryRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse("tcp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := p.Try(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v", err)
	}
}

func FuzzStatusError(f *testing.F) {
	for _, line := range []string{"HTTP/1.1 200 OK\r\n", "HTTP/1.0 503\n", "SSH-2.0-Go\r\n", "HTTP/1.1 +20 OK", ""} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if statusError(line) == nil && !strings.HasPrefix(line, "HTTP/") {
			t.Errorf("%q is a good answer", line)
		}
	})
}
