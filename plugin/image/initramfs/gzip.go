package initramfs

import (
	"bytes"
	"io"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/deflate"
)

// WriteGzip writes files as Write does, compressed with gzip: the one format
// that every kernel since 2.6 unpacks, whatever else its build left out. The
// header has neither name nor time, so the same files make the same bytes.
func WriteGzip(w io.Writer, files []File) error {
	var archive bytes.Buffer
	if err := Write(&archive, files); err != nil {
		return err
	}
	return errors.Wrap(deflate.WriteGzip(w, archive.Bytes()), "initramfs: compressing")
}
