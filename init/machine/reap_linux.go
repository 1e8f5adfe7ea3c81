package machine

import (
	"sync"
	"syscall"
)

// reaper takes the exit statuses of all processes that become PID 1's
// children: those that it started, whose status somebody waits for, and
// orphans, whose status nobody wants.
type reaper struct {
	sys     system
	mu      sync.Mutex
	waiting map[int]chan<- syscall.WaitStatus
}

func newReaper(sys system) *reaper {
	return &reaper{sys: sys, waiting: map[int]chan<- syscall.WaitStatus{}}
}

// start starts a process and returns its id and where its status will come.
// The lock keeps a process that ends at once from being taken for an orphan.
func (r *reaper) start(path string, argv []string, attr *syscall.ProcAttr) (int, <-chan syscall.WaitStatus, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err := r.sys.fork(path, argv, attr)
	if err != nil {
		return 0, nil, err
	}
	status := make(chan syscall.WaitStatus, 1)
	r.waiting[pid] = status
	return pid, status, nil
}

// reap takes every status there is. It is called at each SIGCHLD, of which
// many can become one.
func (r *reaper) reap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := r.sys.wait(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if waiting, ok := r.waiting[pid]; ok {
			waiting <- status
			delete(r.waiting, pid)
		}
	}
}
