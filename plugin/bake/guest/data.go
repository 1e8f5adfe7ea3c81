package guest

import (
	"path"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Data is the machine's disk, which outlives its starts. A disk with the label
// `scratch-data` (ext4), or `SCRATCHDATA` (FAT), is mounted without being asked
// for. The program finds where in the environment variable `DATA_DIR`. The kernel
// needs the drivers of the disk and the file system.
type Data struct {
	// Makes an ext4 file system on a blank disk, if there is no disk with the
	// label. A disk that holds anything is left alone, and so are two blank ones.
	// The program must run under the stock init, or give `machine.Run` the option
	// `WithFormat`.
	Format bool `mapstructure:"format"`
	// The folder where the disk is mounted. Defaults to `/data`.
	Path string `mapstructure:"path"`
}

// Guest is what the machine is told of it.
func (d Data) Guest() config.Data { return config.Data{Format: d.Format, Path: d.Path} }

// Validate says what is wrong with the options.
func (d Data) Validate() []error {
	if d.Path != "" && (!path.IsAbs(d.Path) || path.Clean(d.Path) == "/") {
		return []error{errors.Errorf("data: path must be a folder, such as /data, not %q", d.Path)}
	}
	return nil
}
