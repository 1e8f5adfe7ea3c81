package logline

import "sync"

// Ring keeps the last lines, up to a number of bytes.
type Ring struct {
	limit int
	mu    sync.Mutex
	size  int
	gone  int // how many lines have been removed
	lines []Line
}

// overhead is roughly how many bytes a line takes besides its text.
const overhead = 80

// NewRing returns a ring that holds up to limit bytes.
func NewRing(limit int) *Ring { return &Ring{limit: limit} }

// Add adds a line. It removes the oldest lines if there is no room.
func (r *Ring) Add(l Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, l)
	r.size += len(l.Text) + overhead
	drop := 0
	for r.size > r.limit && drop < len(r.lines) {
		r.size -= len(r.lines[drop].Text) + overhead
		r.lines[drop] = Line{} // free its text
		drop++
	}
	r.lines = r.lines[drop:]
	r.gone += drop
}

// Last returns the last n lines, oldest first, or all lines if n is negative.
func (r *Ring) Last(n int) []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := r.lines
	if n >= 0 && n < len(lines) {
		lines = lines[len(lines)-n:]
	}
	return append([]Line(nil), lines...)
}

// Since returns the lines that came after the first n, without those that the ring has
// dropped, and how many lines have come by now.
func (r *Ring) Since(n int) ([]Line, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	came := r.gone + len(r.lines)
	from := min(max(n-r.gone, 0), len(r.lines))
	return append([]Line(nil), r.lines[from:]...), came
}
