package clock

import (
	"slices"
	"sync"
)

// servers are the time servers to ask.
type servers struct {
	changed  chan struct{} // a token if the servers have changed
	answered chan struct{} // closed when a server has answered for the first time

	mu    sync.Mutex
	first sync.Once
	names []string
}

func newServers() *servers {
	return &servers{changed: make(chan struct{}, 1), answered: make(chan struct{})}
}

// offer replaces the servers, unless names is empty.
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
