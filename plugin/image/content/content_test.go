package content

import (
	"bytes"
	"context"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/pkg/errors"
)

// mixed is contents of every kind one behind the other, an empty one among them.
func mixed() (Content, []byte) {
	noise := make([]byte, 3*stride+17)
	rand.New(rand.NewSource(1)).Read(noise)
	all := Concat(Bytes([]byte("head")), Zeros(5), Bytes(nil), Bytes(noise), Concat(Zeros(0), Zeros(stride)), strings.NewReader("end"))
	want := bytes.Join([][]byte{[]byte("head"), make([]byte, 5), noise, make([]byte, stride), []byte("end")}, nil)
	return all, want
}

func TestConcat(t *testing.T) {
	all, want := mixed()
	if all.Size() != int64(len(want)) {
		t.Fatalf("it has %d bytes, want %d", all.Size(), len(want))
	}
	if err := iotest.TestReader(NewReader(all), want); err != nil {
		t.Error(err)
	}
	for _, offset := range []int64{0, 3, 4, 8, 9, 10, all.Size() - 4, all.Size() - 1} {
		p := make([]byte, 100)
		n, err := all.ReadAt(p, offset)
		if left := len(want) - int(offset); n != min(left, len(p)) || !bytes.Equal(p[:n], want[offset:offset+int64(n)]) {
			t.Errorf("at %d: %d other bytes", offset, n)
		} else if (err == io.EOF) != (left < len(p)) || err != nil && err != io.EOF {
			t.Errorf("at %d: %v", offset, err)
		}
	}
	if n, err := Concat().ReadAt(make([]byte, 1), 0); n != 0 || err != io.EOF {
		t.Errorf("nothing at all: %d, %v", n, err)
	}
}

func TestCopy(t *testing.T) {
	all, want := mixed()
	var got bytes.Buffer
	if err := Copy(t.Context(), &got, all); err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got %d bytes, %v", got.Len(), err)
	}
}

// TestCopyOfAFileThatShrinks: less than was said is an error, never less or other bytes.
func TestCopyOfAFileThatShrinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := Concat(Bytes([]byte("head")), io.NewSectionReader(file, 0, 100))
	if err := os.Truncate(path, 40); err != nil {
		t.Fatal(err)
	}
	if err := Copy(t.Context(), io.Discard, c); err == nil || !strings.Contains(err.Error(), "it ends after 40 of 100 bytes") {
		t.Errorf("got %v", err)
	}
}

// TestCopyEndsWithItsContext: within one stride.
func TestCopyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	written := 0
	w := writerFunc(func(p []byte) (int, error) {
		cancel()
		written += len(p)
		return len(p), nil
	})
	if err := Copy(ctx, w, Zeros(1<<40)); !errors.Is(err, context.Canceled) || written > stride {
		t.Errorf("wrote %d bytes, %v", written, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
