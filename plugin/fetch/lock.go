package fetch

import (
	"context"
	"os"
	"time"

	"github.com/pkg/errors"
)

// lock makes this call the only one, of all goroutines and processes, that
// fetches r. The returned function ends that; so does the end of the process.
// The lock file stays: removing it would let two hold "the" lock.
func (c *Cache) lock(ctx context.Context, r Request) (unlock func(), err error) {
	f, err := os.OpenFile(c.partialPath(r, ".lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, errors.Wrap(err, "locking the download cache")
	}
	for told := false; ; told = true {
		locked, err := tryLock(f)
		if locked {
			return func() { f.Close() }, nil
		}
		if err == nil {
			if !told {
				c.log("waiting for another download of " + r.Name)
			}
			err = sleep(ctx, 50*time.Millisecond)
		}
		if err != nil {
			f.Close()
			return nil, errors.Wrapf(err, "waiting for another download of %s", r.Name)
		}
	}
}
