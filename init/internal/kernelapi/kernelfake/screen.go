//go:build linux

package kernelfake

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// Screen records the lines that were shown. It is a console for the journal. In the
// tests of the other rooms it replaces the journal.
type Screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *Screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

// Printf and Report show lines as the journal does.
func (s *Screen) Printf(format string, args ...any) {
	_, _ = s.Write([]byte(strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\r\n") + "\r\n"))
}

func (s *Screen) Report(what string, err error) { s.Printf("machine: %s: %v", what, err) }

// Shown returns all that was shown.
func (s *Screen) Shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// WantShown fails the test unless all of the texts were shown.
func (s *Screen) WantShown(t testing.TB, want ...string) {
	t.Helper()
	text := s.Shown()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the console does not show %q but:\n%s", w, text)
		}
	}
}
