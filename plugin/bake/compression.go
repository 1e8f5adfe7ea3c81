package bake

import (
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/initramfs"
)

func (o *Options) validateCompression() []error {
	if _, err := initramfs.ParseCompression(o.InitramfsCompression); err != nil {
		return []error{errors.Wrap(err, "initramfs_compression")}
	}
	return nil
}

// compression is that of the initramfs.
func (o *Options) compression() initramfs.Compression {
	compression, _ := initramfs.ParseCompression(o.InitramfsCompression) // validated
	return compression
}
