package main

import (
	"fmt"
	"io"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
)

// lines reports each line to a stream, unless it is quiet.
type lines struct {
	out   io.Writer
	quiet bool
}

var _ bake.Reporter = lines{}

func (l lines) Say(line string) {
	if !l.quiet {
		fmt.Fprintln(l.out, line)
	}
}

func (l lines) Sayf(format string, args ...any) { l.Say(fmt.Sprintf(format, args...)) }

// TrackProgress says nothing more than what Say was told: downloads are said there.
func (l lines) TrackProgress(_ string, _, _ int64, stream io.ReadCloser) io.ReadCloser {
	return stream
}
