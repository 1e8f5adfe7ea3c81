package machine

import (
	"sync"

	"github.com/vishvananda/netlink"
)

// watchLinks gives word of every change of the interfaces, many changes at
// once as one, until stop is called.
func watchLinks() (changed <-chan struct{}, stop func(), err error) {
	word := make(chan struct{}, 1)
	updates := make(chan netlink.LinkUpdate)
	done := make(chan struct{})
	stop = sync.OnceFunc(func() { close(done) })
	if err := netlink.LinkSubscribe(updates, done); err != nil {
		return word, stop, err
	}
	go func() {
		for range updates {
			select {
			case word <- struct{}{}:
			default:
			}
		}
	}()
	return word, stop, nil
}
