package disk

import "github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"

// NewRaw lays out a disk that is its image, up to a full sector.
func NewRaw(image content.Content) (*Layout, error) {
	l := &Layout{format: "raw disk", size: image.Size(), block: sectorSize}
	l.render = func(uuid) (head, foot []byte) { return nil, nil }
	return l.around(image, maxRaw)
}

// maxRaw is what a partition table of MBR's can tell, in bytes.
const maxRaw = 1 << 41
