package machine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/nocloud"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/volume"
)

// blockDevices is where the kernel lists disks, CD drives and partitions.
const blockDevices = "/sys/class/block"

// disks lists the block devices that may hold something for the machine, by
// their paths. Those whose driver is still looking for them are not among them:
// nothing is waited for. A floppy drive takes seconds to say that it is empty.
func (p *pid1) disks() []string {
	entries, err := os.ReadDir(filepath.Join(p.sys.root, blockDevices))
	if err != nil {
		return nil // a kernel without block devices, or before its drivers
	}
	var paths []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, "loop") || strings.HasPrefix(name, "ram") || strings.HasPrefix(name, "zram") || strings.HasPrefix(name, "fd") {
			continue
		}
		paths = append(paths, filepath.Join(p.sys.root, "dev", strings.ReplaceAll(name, "!", "/")))
	}
	return paths
}

// seed is the layer on the NoCloud seed disk, the first one that there is.
func (p *pid1) seed() layer.Layer {
	for _, path := range p.disks() {
		if l, ok := p.seedOn(path); ok {
			return l
		}
	}
	return layer.Layer{}
}

func (p *pid1) seedOn(path string) (layer.Layer, bool) {
	disk, err := os.Open(path)
	if err != nil {
		return layer.Layer{}, false // such as an empty CD drive
	}
	defer disk.Close()
	found := volume.Identify(disk)
	if !strings.EqualFold(found.Label, nocloud.Label) {
		return layer.Layer{}, false
	}
	files, err := volume.ReadFiles(disk, found.Type, nocloud.Files()...)
	if err != nil {
		p.report("config", errors.Wrapf(err, "the seed disk %s", path))
	}
	toJSON := p.settings.toJSON
	if toJSON == nil {
		toJSON = onlyJSON
	}
	return nocloud.Layer(files, toJSON), true
}

// onlyJSON takes the part of YAML that is JSON.
func onlyJSON(document []byte) ([]byte, error) {
	if !json.Valid(document) {
		return nil, errors.New("this program reads it in JSON only: give machine.Run the option WithYAML to read YAML")
	}
	return document, nil
}
