package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// partial is a file under way into the cache. It hashes what is written.
type partial struct {
	file *os.File // nil once renamed
	hash hash.Hash
	size int64
	max  int64
	keep bool // what is there may be continued, now and by a later Get
}

// openPartial opens the file at path for up to max bytes. With keep what an
// earlier Get has left in it counts.
func openPartial(ctx context.Context, path string, keep bool, max int64) (*partial, error) {
	if _, err := atomicfile.Resolve(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	p := &partial{file: f, hash: sha256.New(), max: max, keep: keep}
	if keep {
		p.size, err = io.Copy(p.hash, input.Reader(ctx, f))
	}
	if ctx.Err() == nil && (err != nil || !keep || p.size > max) {
		err = p.reset()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

// reset empties the file.
func (p *partial) reset() error {
	p.size = 0
	p.hash.Reset()
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

// Write appends to the file. It fails with a *SizeError at the limit.
func (p *partial) Write(b []byte) (int, error) {
	if p.size+int64(len(b)) > p.max {
		return 0, &SizeError{p.max}
	}
	n, err := p.file.Write(b)
	p.hash.Write(b[:n])
	p.size += int64(n)
	if err != nil {
		return n, errors.Wrap(err, "writing to the download cache")
	}
	return n, nil
}

// digest is the SHA-256 of the file in hexadecimal.
func (p *partial) digest() string { return hex.EncodeToString(p.hash.Sum(nil)) }

// rename brings the file to the disk, and then to its final path.
func (p *partial) rename(path string) error {
	f := p.file
	p.file = nil
	err := f.Sync()
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		// Windows refuses to replace a file that another process has open: then
		// one with this content is there already.
		if got, e := fileSHA256(context.Background(), path); e != nil || got != p.digest() {
			return errors.Wrap(err, "moving a file into the download cache")
		}
		return os.Remove(f.Name())
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// close ends the work on a file that was not renamed. What a later Get can
// continue stays.
func (p *partial) close() {
	if p.file == nil {
		return
	}
	p.file.Close()
	if !p.keep || p.size == 0 {
		_ = os.Remove(p.file.Name()) // nothing depends on it
	}
}

// syncFolder makes a rename in the folder outlast a power cut, where the
// system can do that.
func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		_ = f.Sync() // Windows cannot
		f.Close()
	}
}
