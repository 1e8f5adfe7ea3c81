package guest

import (
	"path"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// Data describes the machine's data disk, which keeps its content when the machine
// restarts. A disk with the label `scratch-data` (ext4) or `SCRATCHDATA` (FAT) is
// always mounted. The program finds the folder in the environment variable `DATA_DIR`.
// The kernel needs the drivers for the disk and the file system.
type Data struct {
	// Makes an ext4 file system on a blank disk, if there is no disk with the label. It
	// never touches a disk that holds anything, and does nothing if there are two blank
	// ones. The program must run under the stock init, or give `machine.Run` the option
	// `WithFormat`.
	Format bool `mapstructure:"format"`
	// The folder where the disk is mounted. Defaults to `/data`.
	Path string `mapstructure:"path"`
}

// Guest returns the machine's configuration.
func (d Data) Guest() config.Data { return config.Data{Format: d.Format, Path: d.Path} }

// Validate returns what is wrong with the options.
func (d Data) Validate() []error {
	if d.Path != "" && (!path.IsAbs(d.Path) || path.Clean(d.Path) == "/") {
		return []error{errors.Errorf("data: path must be a folder, such as /data, not %q", d.Path)}
	}
	return nil
}
