package config

// Data is the data disk, which keeps its content when the machine restarts: the first
// disk with the label DataLabel or, for FAT, whose labels are shorter, DataLabelFAT. If
// there is none, the machine has no data disk.
type Data struct {
	// Format makes an ext4 file system on a blank disk, if there is no disk with the
	// label. It never touches a disk that holds anything, whatever that is, and does
	// nothing if there are two blank disks.
	Format bool `json:"format,omitempty"`
	// Path is where the disk is mounted. Empty means DataPath.
	Path string `json:"path,omitempty"`
}

const (
	DataLabel    = "scratch-data"
	DataLabelFAT = "SCRATCHDATA"
	DataPath     = "/data"
)
