//go:build linux

package service

import (
	"bytes"
	"io"
	"sync/atomic"
)

const accessDenied, notPermitted = "permission denied", "operation not permitted"

// denial looks in a program's output for the words of EACCES and EPERM (errno(3)),
// as Go, C, Rust and Java have them.
type denial struct {
	seen *atomic.Bool
	tail []byte // of what came before, as words may come in two pieces
}

func (d *denial) Write(p []byte) (int, error) {
	if d.seen.Load() {
		return len(p), nil
	}
	text := append(d.tail, bytes.ToLower(p)...)
	if bytes.Contains(text, []byte(accessDenied)) || bytes.Contains(text, []byte(notPermitted)) {
		d.seen.Store(true)
	}
	d.tail = bytes.Clone(text[max(0, len(text)-len(notPermitted)):])
	return len(p), nil
}

// watchDenials returns the output of a program that is not root's, and has it looked
// through.
func (s *Service) watchDenials(output io.Reader) io.Reader {
	if s.UID == 0 {
		return output
	}
	return io.TeeReader(output, &denial{seen: &s.denied})
}

// explainDenial says once, when the program has failed, that it may have needed the
// rights of root.
func (s *Service) explainDenial() {
	if s.UID == 0 || s.explained || !s.denied.Load() {
		return
	}
	s.explained = true
	s.set.journal.Printf("machine: %s was denied something, as user %d: if it needs the rights of root, bake it with user = \"root\"", s.title(), s.UID)
}
