package clock

import (
	"slices"
	"sync"
)

// servers are the time servers to ask.
type servers struct {
	changed  chan struct{} // has a token if they have changed
	answered chan struct{} // closed when the first has answered

	mu    sync.Mutex
	first sync.Once
	names []string
}

func newServers() *servers {
	return &servers{changed: make(chan struct{}, 1), answered: make(chan struct{})}
}

// offer replaces the servers, unless it names none.
func (s *servers) offer(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(names) == 0 || slices.Equal(names, s.names) {
		return
	}
	s.names = slices.Clone(names)
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *servers) list() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names
}
