//go:build linux

package service

import (
	"sync"
	"syscall"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// Reaper takes the exit statuses of PID 1's children: of those that it started
// itself, whose status somebody waits for, and of orphans, whose status nobody
// wants. Those that os/exec started in this process it leaves to os/exec, which
// is known by the pidfd that the os package holds of each (pidfd_open(2); since
// Go 1.23, on Linux 5.4 and later).
type Reaper struct {
	kernel  *kernelapi.Kernel
	mu      sync.Mutex
	waiting map[int]chan<- syscall.WaitStatus
}

// NewReaper returns a reaper that waits for nothing yet.
func NewReaper(k *kernelapi.Kernel) *Reaper {
	return &Reaper{kernel: k, waiting: map[int]chan<- syscall.WaitStatus{}}
}

// Start starts a process and returns its id and where its status will come.
// The lock keeps a process that ends at once from being taken for an orphan.
func (r *Reaper) Start(path string, argv []string, attr *syscall.ProcAttr) (int, <-chan syscall.WaitStatus, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err := r.kernel.Fork(path, argv, attr)
	if err != nil {
		return 0, nil, err
	}
	status := make(chan syscall.WaitStatus, 1)
	r.waiting[pid] = status
	return pid, status, nil
}

// Reap takes every status there is. It is called at each SIGCHLD, of which
// many can become one.
func (r *Reaper) Reap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	// Nobody starts a process between the look at the pidfds and the end.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	pidfds := r.kernel.Pidfds()
	if len(pidfds) == 0 {
		for r.take(-1) {
		}
		return
	}
	for _, pid := range r.kernel.Zombies() {
		if !pidfds[pid] {
			r.take(pid)
		}
	}
}

// take takes the status of one process, or of any if pid is -1, and tells
// whether there was one.
func (r *Reaper) take(pid int) bool {
	var status syscall.WaitStatus
	got, err := r.kernel.Wait(pid, &status, syscall.WNOHANG, nil)
	for err == syscall.EINTR {
		got, err = r.kernel.Wait(pid, &status, syscall.WNOHANG, nil)
	}
	if err != nil || got <= 0 {
		return false
	}
	if waiting, ok := r.waiting[got]; ok {
		waiting <- status
		delete(r.waiting, got)
	}
	return true
}
