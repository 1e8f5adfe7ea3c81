// Package unpack reads what is compressed in one of the ways that Linux knows.
//
// It is for bytes from strangers: what is wrong with them is an error, never a
// panic, whatever the reader of a format does, and their windows are bounded.
package unpack

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
	"github.com/pkg/errors"
	"github.com/ulikunitz/xz/lzma"
)

// Format is a way to compress, by its name in the kernel's configuration.
type Format string

// The formats of lib/decompress.c. LZO is known, but not read.
const (
	None  Format = ""
	Gzip  Format = "gzip"
	Bzip2 Format = "bzip2"
	LZMA  Format = "lzma"
	XZ    Format = "xz"
	LZO   Format = "lzo"
	LZ4   Format = "lz4" // the legacy frame, as the kernel has it, or the usual one
	Zstd  Format = "zstd"
)

// Identify tells by the first bytes of something how it is compressed: None if it
// is in no way that is known.
func Identify(head []byte) Format {
	for _, known := range []struct {
		magic  string
		format Format
	}{
		{"\x1f\x8b", Gzip},
		{"BZh", Bzip2},
		{"\x5d\x00\x00", LZMA},
		{"\xfd7zXZ\x00", XZ},
		{"\x89LZO", LZO},
		{"\x02\x21\x4c\x18", LZ4},
		{"\x04\x22\x4d\x18", LZ4},
		{"\x28\xb5\x2f\xfd", Zstd},
	} {
		if bytes.HasPrefix(head, []byte(known.magic)) {
			return known.format
		}
	}
	return None
}

// Window is the most that a reader looks back, in bytes: what kernels are packed
// with (scripts/xz_wrap.sh, and zstd -22).
const Window = 128 << 20

// NewReader returns what unpacks r, and fails unless the format is one that is
// read. A window of more bytes than given is an error.
func NewReader(format Format, r io.Reader, window uint32) (io.Reader, error) {
	var unpacked io.Reader
	var err error
	switch format {
	case Gzip:
		unpacked, err = gzip.NewReader(r)
	case Bzip2:
		unpacked = bzip2.NewReader(r)
	case LZMA:
		unpacked, err = lzma.ReaderConfig{DictCap: int(window)}.NewReader(r)
	case XZ:
		unpacked, err = xz.NewReader(r, window)
	case LZ4:
		unpacked = lz4.NewReader(r)
	case Zstd:
		unpacked, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window)))
	default:
		return nil, errors.Errorf("%s is not read: it must be gzip, bzip2, lzma, xz, lz4 or zstd", format)
	}
	return guarded{unpacked, format}, errors.Wrapf(err, "reading %s", format)
}

// All unpacks all, to limit bytes at most.
func All(format Format, packed []byte, limit int64) ([]byte, error) {
	r, err := NewReader(format, bytes.NewReader(packed), Window)
	if err != nil {
		return nil, err
	}
	unpacked, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(unpacked)) > limit {
		return nil, errors.Errorf("it unpacks to more than %d MiB", limit>>20)
	}
	return unpacked, err
}

// guarded turns a panic of a format's reader into an error.
type guarded struct {
	io.Reader
	format Format
}

func (g guarded) Read(b []byte) (n int, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			n, err = 0, errors.Errorf("reading %s: it is damaged (%v)", g.format, fault)
		}
	}()
	n, err = g.Reader.Read(b)
	if err != nil && err != io.EOF {
		err = errors.Wrapf(err, "reading %s", g.format)
	}
	return n, err
}
