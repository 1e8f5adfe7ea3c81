//go:build linux

package service

// awaitTurn waits until all services that this one is after are there, and reports
// whether it may start: not if it is to stop.
func (s *Service) awaitTurn(stop <-chan string) bool {
	for _, name := range s.After {
		var there chan struct{} // of one that will never be, without end
		if other := s.set.Member(name); other != nil {
			there = other.there
		}
		s.state.phase("waits for " + name)
		select {
		case <-there:
		case <-stop:
			return false
		}
	}
	return true
}

// isThere lets those start that are after this service.
func (s *Service) isThere() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.wasThere() {
		close(s.there)
	}
}

// wasThere reports whether those may start that are after this service.
func (s *Service) wasThere() bool {
	select {
	case <-s.there:
		return true
	default:
		return false
	}
}
