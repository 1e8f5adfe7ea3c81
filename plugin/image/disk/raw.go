package disk

// NewRaw lays out a disk that is its image, up to a full sector.
func NewRaw(size int64) (*Layout, error) {
	l := &Layout{format: "raw disk", size: size, block: sectorSize}
	l.render = func(uuid) (head, foot []byte) { return nil, nil }
	return l.check(maxRaw)
}

// maxRaw is what a partition table of MBR's can tell, in bytes.
const maxRaw = 1 << 41
