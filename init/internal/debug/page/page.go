package status

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"
)

// Path is where the page is. Go's profiles are below it, and the log, which
// "?n=" bounds, "?service=" narrows to one, and "?follow=1" goes on with.
const Path = "/debug/machine"

// defaultLines is how much of the log is shown unless it is said.
const defaultLines = 100

// Source is what the page shows.
type Source interface {
	Report() Report
	// Services are the program and the services beside it, in the order of their start.
	Services() []Service
	// Log is the end of the log.
	Log(lines int) []string
	// LogSince is what came to the log after its first n lines, and how many
	// have come by now.
	LogSince(n int) (lines []string, came int)
}

// Handler serves the page.
func Handler(s Source) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler(Path, http.StatusFound))
	mux.HandleFunc("GET "+Path, func(w http.ResponseWriter, r *http.Request) { show(w, r, s.Report()) })
	mux.HandleFunc("GET "+Path+"/log", func(w http.ResponseWriter, r *http.Request) { log(w, r, s) })
	mux.HandleFunc("GET "+Services, func(w http.ResponseWriter, _ *http.Request) { showServices(w, s) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

func show(w http.ResponseWriter, r *http.Request, report Report) {
	if wantsJSON(r) {
		w.Header().Set("Content-Type", "application/json")
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		_ = out.Encode(report)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// Nothing on the page is from elsewhere, and no other page may ask for it.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	writePage(w, report)
}

func wantsJSON(r *http.Request) bool {
	if format := r.URL.Query().Get("format"); format != "" {
		return format == "json"
	}
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// followInterval is how often who follows the log gets what is new.
const followInterval = 250 * time.Millisecond

// log is the log as text, as far as it was asked for.
func log(w http.ResponseWriter, r *http.Request, s Source) {
	query := r.URL.Query()
	n, err := strconv.Atoi(query.Get("n"))
	if err != nil || n < 0 {
		n = defaultLines
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, came := s.LogSince(math.MaxInt)
	lines := lastLines(s, n, query.Get("service"))
	out := http.NewResponseController(w)
	for {
		for _, line := range lines {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return
			}
		}
		if query.Get("follow") == "" || out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-time.After(followInterval):
			lines, came = s.LogSince(came)
			if service := query.Get("service"); service != "" {
				lines = Of(lines, service)
			}
		}
	}
}

// lastLines is the end of the log, or of what it has of a service.
func lastLines(s Source, n int, service string) []string {
	if service == "" {
		return s.Log(n)
	}
	lines := Of(s.Log(-1), service)
	return lines[max(0, len(lines)-n):]
}
