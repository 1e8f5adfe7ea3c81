package postprocessor

import (
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/initramfs"
)

func (c *Config) validateCompression() []error {
	if _, err := initramfs.ParseCompression(c.InitramfsCompression); err != nil {
		return []error{errors.Wrap(err, "initramfs_compression")}
	}
	return nil
}

// compression is that of the initramfs.
func (c *Config) compression() initramfs.Compression {
	compression, _ := initramfs.ParseCompression(c.InitramfsCompression) // validated
	return compression
}
