package remote

import "time"

// follow calls changed now and then, until it is stopped: Windows has no signal for a
// terminal's new size.
func follow(changed func()) (stop func()) {
	ticker, end := time.NewTicker(time.Second), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				changed()
			case <-end:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(end)
	}
}
