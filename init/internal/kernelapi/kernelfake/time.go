//go:build linux

package kernelfake

import "time"

// Now returns the time since the kernel started.
func (k *Kernel) Now() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.uptime
}

// SetNow sets the time since the kernel started.
func (k *Kernel) SetNow(now time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.uptime = now
}

// Pass lets time pass.
func (k *Kernel) Pass(d time.Duration) { k.SetNow(k.Now() + d) }

// Wall returns the time of the clock.
func (k *Kernel) Wall() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.wall
}

// SetWall sets the clock.
func (k *Kernel) SetWall(now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wall = now
}

func (k *Kernel) step(by time.Duration) error {
	if err := k.Call("step " + by.String()); err != nil {
		return err
	}
	k.SetWall(k.Wall().Add(by))
	return nil
}
