package config

// Data is the disk that outlives the starts of a machine: the first with the
// label DataLabel, or for FAT, whose labels are shorter, DataLabelFAT. Where
// there is none the machine has no disk.
type Data struct {
	// Format makes an ext4 file system on a blank disk, if there is no disk with the
	// label. A disk that holds anything, of which there is no telling what, is left
	// alone, and so are two blank ones.
	Format bool `json:"format,omitempty"`
	// Path is where the disk is mounted. Empty means DataPath.
	Path string `json:"path,omitempty"`
}

const (
	DataLabel    = "scratch-data"
	DataLabelFAT = "SCRATCHDATA"
	DataPath     = "/data"
)
