package logline

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	tests := []struct {
		line     string
		severity Severity
		text     string
	}{
		{"hello", Info, "hello"},
		{"", Info, ""},
		{"<3>the disk is full", Error, "the disk is full"},
		{"<7>", Debug, ""},
		{"<8>no such severity", Info, "<8>no such severity"},
		{"<30>with a facility", Info, "<30>with a facility"},
		{"level=WARN msg=x", Warning, "level=WARN msg=x"},
		{"level=ERROR+2 msg=x", Error, "level=ERROR+2 msg=x"},
		{"level=INFO-1 msg=x", Debug, "level=INFO-1 msg=x"},
		{"level=loud msg=x", Info, "level=loud msg=x"},
		{"level=INFO+x", Info, "level=INFO+x"},
		{"said level=ERROR msg=x", Info, "said level=ERROR msg=x"},
		{`{"msg":"x","level":"ERROR"}`, Info, `{"msg":"x","level":"ERROR"}`},
		{`{"level":"ERROR"}`, Error, `{"level":"ERROR"}`},
	}
	for _, test := range tests {
		if severity, text := Parse(test.line); severity != test.severity || text != test.text {
			t.Errorf("%q: %v, %q, want %v, %q", test.line, severity, text, test.severity, test.text)
		}
	}
}

// TestParseSlog parses what the handlers of log/slog really print.
func TestParseSlog(t *testing.T) {
	levels := map[slog.Level]Severity{
		slog.LevelDebug: Debug, slog.LevelInfo: Info, slog.LevelInfo + 1: Info,
		slog.LevelWarn: Warning, slog.LevelError: Error, slog.LevelError + 4: Error,
	}
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	for _, replace := range []func([]string, slog.Attr) slog.Attr{nil, noTime} {
		options := &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: replace}
		for level, want := range levels {
			var text, json bytes.Buffer
			slog.New(slog.NewTextHandler(&text, options)).Log(context.Background(), level, "x y", "level", "z")
			slog.New(slog.NewJSONHandler(&json, options)).Log(context.Background(), level, "x y", "level", "z")
			for _, line := range []string{text.String(), json.String()} {
				if got, left := Parse(line); got != want || left != line {
					t.Errorf("%s: %v, want %v", line, got, want)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, line := range []string{"<3>x", "level=WARN+1 msg=x", `{"time":"x","level":"ERROR"}`, "time=x level=", "{", "level=INFO+99999999999999999999"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		severity, text := Parse(line)
		if severity < Emergency || severity > Debug || !strings.HasSuffix(line, text) || len(line)-len(text) != 0 && len(line)-len(text) != 3 {
			t.Errorf("%q becomes %v, %q", line, severity, text)
		}
	})
}

func TestByName(t *testing.T) {
	for s := Emergency; s <= Debug; s++ {
		if got, ok := ByName(strings.ToUpper(s.String())); got != s || !ok {
			t.Errorf("%v is %v, %v", s, got, ok)
		}
	}
	if s, ok := ByName("error"); s != Error || !ok {
		t.Errorf("error is %v", s)
	}
	if _, ok := ByName("loud"); ok {
		t.Error("loud is a severity")
	}
	if Severity(8).String() != "unknown" {
		t.Error("8 is a severity")
	}
}

// TestAt: if the clock is not set, a line's time is when it came. The other case needs
// a clock that can be set: the end-to-end tests cover it.
func TestAt(t *testing.T) {
	came := time.Now()
	if got := (Line{Time: came}).At(came.Add(time.Hour)); !got.Equal(came) {
		t.Errorf("%v, want %v", got, came)
	}
	old := time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := (Line{Time: old}).At(old.Add(time.Hour)); !got.Equal(old) {
		t.Errorf("%v, want %v", got, old)
	}
}

func TestRing(t *testing.T) {
	const fits = 10
	r := NewRing(fits * (overhead + 4))
	for i := range 3 * fits {
		r.Add(Line{Text: fmt.Sprintf("%04d", i)})
	}
	all, last := r.Last(-1), r.Last(2)
	if len(all) != fits || all[0].Text != "0020" || all[fits-1].Text != "0029" {
		t.Errorf("%d lines: %v", len(all), all)
	}
	if len(last) != 2 || last[0].Text != "0028" || len(r.Last(1000)) != fits {
		t.Errorf("the last two are %v", last)
	}
	r.Add(Line{Text: strings.Repeat("x", fits*100)})
	if n := len(r.Last(-1)); n != 0 {
		t.Errorf("a line too long for the ring leaves %d", n)
	}
}
