package fetch

import (
	"context"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/lockfile"
)

// lock makes this call the only one, of all goroutines and processes, that
// fetches r. The returned function ends that; so does the end of the process.
func (c *Cache) lock(ctx context.Context, r Request) (unlock func(), err error) {
	unlock, err = lockfile.Acquire(ctx, c.partialPath(r, ".lock"), func() {
		c.log("waiting for another download of " + r.Name)
	})
	return unlock, errors.Wrapf(err, "waiting for another download of %s", r.Name)
}
