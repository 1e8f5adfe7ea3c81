package vm

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/pkg/errors"
)

// Response is an HTTP answer and when it came, counted from QEMU's start.
type Response struct {
	Status int
	Body   string
	After  time.Duration
}

// patience is how long one attempt waits. QEMU's user network accepts at once,
// whether or not somebody listens in the guest, so an early attempt would hang
// until the guest's TCP sends its SYN again, and hide when the machine was ready.
const patience = 2 * time.Second

// interval is the time between two attempts.
const interval = 20 * time.Millisecond

// Get asks the machine for a path until it answers. Attempts overlap: each is
// a connection of its own.
func (v *VM) Get(ctx context.Context, path string) (Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan Response)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		go v.attempt(ctx, path, answers)
		select {
		case r := <-answers:
			return r, nil
		case <-ticker.C:
		case <-v.done:
			return Response{}, errors.New("QEMU ended before the machine answered")
		case <-ctx.Done():
			return Response{}, errors.Wrap(ctx.Err(), "waiting for the machine to answer")
		}
	}
}

func (v *VM) attempt(ctx context.Context, path string, answers chan<- Response) {
	attempt, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(attempt, http.MethodGet, "http://"+v.Address()+path, nil)
	if err != nil {
		return
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return
	}
	select {
	case answers <- Response{Status: response.StatusCode, Body: string(body), After: v.Running()}:
	case <-ctx.Done():
	}
}
