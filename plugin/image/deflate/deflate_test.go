package deflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func compressed(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// write compresses data, which comes in pieces of odd sizes.
func write(w io.Writer, data []byte) error {
	z := NewWriter(w)
	for size := 1; len(data) > 0; size = size*5 + 1 {
		n := min(size, len(data))
		if m, err := z.Write(data[:n]); err != nil || m != n {
			return errors.Wrapf(err, "%d of %d bytes", m, n)
		}
		data = data[n:]
	}
	return z.Close()
}

// unpacked reads with the standard library, which checks length and checksum.
func unpacked(t testing.TB, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// executable is a real program: this test.
func executable(t testing.TB) []byte {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	fibonacci := []byte{} // the counts that make the longest Huffman codes
	for a, b, c := 1, 1, byte(0); len(fibonacci) < 1<<20; a, b, c = b, a+b, c+1 {
		fibonacci = append(fibonacci, bytes.Repeat([]byte{c}, a)...)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(fibonacci), func(i, j int) {
		fibonacci[i], fibonacci[j] = fibonacci[j], fibonacci[i]
	})
	tests := map[string][]byte{
		"nothing":        nil,
		"one byte":       {42},
		"two bytes":      []byte("ab"),
		"one symbol":     bytes.Repeat([]byte{0}, 3*chunkSize),
		"text":           []byte(strings.Repeat("the same words again, ", 100000)),
		"noise":          noise(3*chunkSize+7, 1),
		"small noise":    noise(100, 1),
		"a full chunk":   bytes.Repeat([]byte("ab"), chunkSize/2),
		"far repetition": append(append(noise(maxDistance, 2), noise(1000, 3)...), noise(maxDistance, 2)...),
		"just too far":   append(append(noise(1000, 2), noise(maxDistance-999, 3)...), noise(1000, 2)...),
		"just in reach":  append(append(noise(1000, 2), noise(maxDistance-1000, 3)...), noise(1000, 2)...),
		"fibonacci":      fibonacci,
		"mixed":          append(noise(200000, 4), bytes.Repeat([]byte("text and more "), 30000)...),
		"a program":      executable(t),
		"match of 258":   append(noise(258, 5), noise(258, 5)...),
		"every length":   everyLength(),
		"padded noise":   padded(),
		"noise, zeros":   append(noise(chunkSize, 7), make([]byte, chunkSize/100)...),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			packed := compressed(t, data)
			if got := unpacked(t, packed); !bytes.Equal(got, data) {
				t.Errorf("%d bytes came back as %d", len(data), len(got))
			}
			if limit := len(data) + len(data)/1000 + 64; len(packed) > limit {
				t.Errorf("%d bytes became %d", len(data), len(packed))
			}
		})
	}
}

// everyLength has matches of all lengths.
func everyLength() []byte {
	source := noise(300, 6)
	data := bytes.Clone(source)
	for n := minMatch; n <= maxMatch; n++ {
		data = append(append(data, byte(n)), source[:n]...)
	}
	return data
}

// padded is noise with runs of zeros of all lengths, at all places.
func padded() []byte {
	var data []byte
	for n := range 700 {
		data = append(append(data, noise(5000+13*n, byte(n))...), make([]byte, n)...)
	}
	return data
}

// TestZeros: between noise, zeros cost next to nothing.
func TestZeros(t *testing.T) {
	data := padded()
	if got, zeros := len(compressed(t, data)), 699*700/2; got > len(data)-zeros*9/10 {
		t.Errorf("%d bytes, of which %d are zeros, became %d", len(data), zeros, got)
	}
}

func TestSameBytesOnAnyNumberOfProcessors(t *testing.T) {
	data := executable(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := compressed(t, data)
	runtime.GOMAXPROCS(5)
	if !bytes.Equal(one, compressed(t, data)) {
		t.Error("the bytes depend on the number of processors")
	}
}

// TestNoLargerThanGzip holds us against gzip itself on a program.
func TestNoLargerThanGzip(t *testing.T) {
	tool := tooltest.Need(t, "gzip")
	data := executable(t)
	cmd := exec.Command(tool, "-c")
	cmd.Stdin = bytes.NewReader(data)
	theirs, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	ours := compressed(t, data)
	if len(ours) > len(theirs) {
		t.Errorf("%d bytes became %d, with gzip %d", len(data), len(ours), len(theirs))
	}
	check := exec.Command(tool, "-t")
	check.Stdin = bytes.NewReader(ours)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("gzip -t: %v: %s", err, out)
	}
}

func TestReportsAFullDisk(t *testing.T) {
	for room := range 3 {
		err := write(&smallDisk{writes: room}, []byte("hello"))
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("after %d writes: %v", room, err)
		}
	}
}

type smallDisk struct{ writes int }

func (d *smallDisk) Write(p []byte) (int, error) {
	if d.writes--; d.writes < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

// TestShrinks: time is spent on programs and text, not on what is noise or
// compressed already.
func TestShrinks(t *testing.T) {
	program := executable(t)
	packed := compressed(t, program)
	for name, test := range map[string]struct {
		data []byte
		want bool
	}{
		"a program":            {program[len(program)/2:][:chunkSize], true},
		"text":                 {[]byte(strings.Repeat("the same words again, ", 1000)), true},
		"zeros":                {make([]byte, chunkSize), true},
		"noise":                {noise(chunkSize, 1), false},
		"what gzip has packed": {packed[len(packed)/2:][:chunkSize], false},
		"padded noise":         {padded()[:100000], false},
		"nothing":              {nil, false},
	} {
		if got := Shrinks(test.data); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzStore(f *testing.F) {
	f.Add([]byte("hello"), uint16(100), true)
	f.Add(noise(500, 1), uint16(0), false)
	f.Fuzz(func(t *testing.T, data []byte, zeros uint16, last bool) {
		data = slices.Concat(data, make([]byte, zeros), data)
		packed := store(data, last)
		if !last {
			packed = append(packed, store(nil, true)...)
		}
		if got, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed))); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes came back as %d: %v", len(data), len(got), err)
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("hello hello hello"), uint8(1))
	f.Add(noise(500, 1), uint8(200))
	f.Add([]byte{}, uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, repeat uint8) {
		data = bytes.Repeat(data, int(repeat))
		if !bytes.Equal(unpacked(t, compressed(t, data)), data) {
			t.Errorf("%d bytes did not come back", len(data))
		}
	})
}

func BenchmarkWriteGzip(b *testing.B) {
	data := executable(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_ = write(io.Discard, data)
	}
	b.ReportMetric(float64(len(compressed(b, data)))/float64(len(data)), "ratio")
}
