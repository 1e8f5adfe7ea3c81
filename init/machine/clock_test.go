package machine

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/pkg/errors"
)

// TestWaitClock: in a machine, WaitClock waits until the file exists.
func TestWaitClock(t *testing.T) {
	t.Setenv(machineEnv, "")
	if err := WaitClock(t.Context()); err != nil {
		t.Errorf("on a laptop: %v", err)
	}
	path := filepath.Join(t.TempDir(), "clock")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- waitFile(ctx, path) }()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	cancel()
	if err := waitFile(ctx, path+"2"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
