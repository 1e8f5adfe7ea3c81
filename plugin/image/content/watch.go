package content

// Watch returns a content that tells read how many bytes each reading took.
func Watch(c Content, read func(n int)) Content { return watched{c, read} }

type watched struct {
	Content
	read func(n int)
}

func (w watched) ReadAt(p []byte, offset int64) (int, error) {
	n, err := w.Content.ReadAt(p, offset)
	w.read(n)
	return n, err
}
