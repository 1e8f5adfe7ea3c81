package container

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/unpack"
)

const (
	// maxText is how large a manifest or a configuration may be, in bytes, as
	// registries have it.
	maxText = 4 << 20
	// maxUnpacked is how many bytes the layers of an image may have together once
	// they are unpacked: more than a root in memory can be.
	maxUnpacked = 4 << 30
	// maxWindow is how far a compressed layer may refer back, in bytes: as far as
	// zstd's own reader lets it (zstd(1), --memory).
	maxWindow = 128 << 20
	// headSize is enough to tell how something is compressed.
	headSize = 8
)

// store has the parts of an image in the cache, by their digests.
type store struct {
	cache *fetch.Cache
	from  source
}

// text returns a manifest or a configuration.
func (s store) text(ctx context.Context, what string, digest v1.Hash, open func(context.Context, v1.Hash) (io.ReadCloser, error)) ([]byte, error) {
	if err := checkDigest(digest); err != nil {
		return nil, errors.Wrap(err, what)
	}
	path, err := s.cache.Keep(ctx, fetch.Stream{SHA256: digest.Hex, Name: what, MaxSize: maxText,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return open(ctx, digest) }})
	if err != nil {
		return nil, errors.Wrap(err, what)
	}
	text, err := input.Read(ctx, path, maxText)
	return text, errors.Wrap(err, what)
}

// layer returns the path of a layer's archive, unpacked, of at most max bytes.
func (s store) layer(ctx context.Context, l layer, max int64) (string, error) {
	for _, digest := range []v1.Hash{l.packed, l.unpacked} {
		if err := checkDigest(digest); err != nil {
			return "", err
		}
	}
	path, err := s.cache.Keep(ctx, fetch.Stream{SHA256: l.unpacked.Hex, Name: "the layer " + l.packed.String(), MaxSize: max,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			packed, err := s.from.blob(ctx, l.packed)
			if err != nil {
				return nil, err
			}
			return openPacked(ctx, packed, l.packed)
		}})
	var size *fetch.SizeError
	if errors.As(err, &size) {
		return "", errors.Errorf("the layers have more than %d GiB when they are unpacked: it is no image to make a machine of", int64(maxUnpacked)>>30)
	}
	return path, err
}

// checkDigest fails for a digest that is not read: registries have no other than SHA-256.
func checkDigest(digest v1.Hash) error {
	if digest.Algorithm != "sha256" {
		return errors.Errorf("the digest %q is no SHA-256, which alone is read", digest.String())
	}
	return nil
}

// packedLayer unpacks a layer while it comes, and checks its digest at the end.
type packedLayer struct {
	io.Closer
	unpacked io.Reader
	packed   io.Reader // hashes what is read of it
	hash     hash.Hash
	want     v1.Hash
}

func openPacked(ctx context.Context, stream io.ReadCloser, want v1.Hash) (io.ReadCloser, error) {
	p := &packedLayer{Closer: stream, hash: sha256.New(), want: want}
	p.packed = io.TeeReader(input.Reader(ctx, stream), p.hash)
	buffered := bufio.NewReaderSize(p.packed, 1<<16)
	head, _ := buffered.Peek(headSize)
	p.packed = buffered
	p.unpacked = buffered
	if format := unpack.Identify(head); format != unpack.None {
		var err error
		if p.unpacked, err = unpack.NewReader(format, buffered, maxWindow); err != nil {
			err = p.blame(err)
			stream.Close()
			return nil, err
		}
	}
	return p, nil
}

func (p *packedLayer) Read(b []byte) (int, error) {
	n, err := p.unpacked.Read(b)
	if err != nil {
		err = p.blame(err)
	}
	return n, err
}

// blame is the error for a layer that has ended, or cannot be unpacked: that of its
// digest, if it is not the layer that it should be.
func (p *packedLayer) blame(err error) error {
	if _, e := io.Copy(io.Discard, p.packed); e != nil {
		return e
	}
	if got := hex.EncodeToString(p.hash.Sum(nil)); got != p.want.Hex {
		return errors.Errorf("its bytes have the digest sha256:%s: what holds the image is damaged", got)
	}
	return err
}
