package alpine

import (
	"io"
	"log"
)

// progress tells of a download in steps of a tenth, in Packer's log: data sources
// have no ui to show a bar in.
type progress struct {
	io.ReadCloser
	name          string
	current, size int64
	told          int64 // tenths
}

// logProgress watches what is read of a file, of whose size bytes (0 when
// unknown) the first current are there already.
func logProgress(name string, current, size int64, r io.ReadCloser) io.ReadCloser {
	p := &progress{r, name, current, size, -1}
	p.tell()
	return p
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.current += int64(n)
	p.tell()
	return n, err
}

func (p *progress) tell() {
	tenths := int64(0)
	if p.size > 0 {
		tenths = p.current * 10 / p.size
	}
	if tenths > p.told {
		p.told = tenths
		log.Printf("[INFO] downloading %s: %d of %d bytes are there", p.name, p.current, p.size)
	}
}
