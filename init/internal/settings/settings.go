//go:build linux

// Package settings is the machine's configuration: read in layers, of which the
// later win, from the bake, the kernel's command line, the hypervisor and a seed
// disk. What enters here is where configuration comes from and which of it counts.
package settings

import (
	"encoding/json"
	"os"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/nocloud"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/source"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/yaml"
)

// Key is a key of the configuration, with the layer that it came from.
type Key = layer.Key

// Settings are the machine's.
type Settings struct {
	kernel *kernelapi.Kernel
	report report.Reporter
	seed   Find
	baked  []layer.Layer // none if it cannot be read
	layers []layer.Layer // those above it
	merged layer.Merged[config.Config]
}

// Find returns the named files on the disk with a label, none if there is none.
type Find func(label string, names ...string) (map[string][]byte, error)

// New returns the default settings. seed finds the seed disk.
func New(k *kernelapi.Kernel, r report.Reporter, seed Find) *Settings {
	return &Settings{
		kernel: k, report: r, seed: seed, merged: layer.Merged[config.Config]{Config: config.Default()},
	}
}

// Config is the configuration in effect.
func (s *Settings) Config() config.Config { return s.merged.Config }

// Keys lists its keys, with secrets masked.
func (s *Settings) Keys() []Key { return s.merged.Keys() }

// ReadBaked reads the baked configuration. It names the modules, without which some
// of the other layers cannot be read.
func (s *Settings) ReadBaked() error {
	content, err := s.kernel.ReadFile(config.Path)
	if err == nil && !json.Valid(content) {
		err = errors.Errorf("%s is damaged", config.Path)
	}
	if err != nil {
		return errors.Wrap(err, "using the default configuration, as the baked one cannot be read")
	}
	s.baked = []layer.Layer{{Name: layer.Baked, Entries: []layer.Entry{{JSON: content}}}}
	s.merge()
	return nil
}

// Read reads the layers that are this one machine's. It reports what cannot be used,
// for which the layer below counts, and which layer decided what.
func (s *Settings) Read() {
	s.layers = []layer.Layer{s.commandLine(), s.smbios(), s.firmware(), s.seedDisk()}
	s.merge(s.layers...)
	for _, problem := range s.merged.Problems {
		s.report.Report("config", problem)
	}
	if decided := s.merged.Summary(); decided != "" {
		s.report.Printf("machine: config: from %s", decided)
	}
}

// ReadMetadata adds the highest layer: what a cloud's metadata service says, as the
// files of a seed disk. It sets only keys that are not in use before.
func (s *Settings) ReadMetadata(name string, files map[string][]byte) {
	l := nocloud.Layer(files, yaml.ToJSON)
	l.Name, l.Only = name, []string{"hostname", "program", "services", "watchdog", "debug"}
	before := len(s.merged.Problems)
	s.layers = append(s.layers, l)
	s.merge(s.layers...)
	for _, problem := range s.merged.Problems[before:] {
		s.report.Report("config", problem)
	}
	if decided := s.merged.Decided(name); decided != "" {
		s.report.Printf("machine: config: from %s: %s", name, decided)
	}
}

// merge puts the configuration together. Where none was baked, the default one
// is the lowest layer.
func (s *Settings) merge(layers ...layer.Layer) {
	var base config.Config
	if s.baked == nil {
		base = config.Default()
	}
	s.merged = layer.Merge(base, append(s.baked, layers...)...)
}

func (s *Settings) commandLine() layer.Layer {
	line, err := s.kernel.ReadFile(source.CommandLineFile)
	if err != nil {
		s.report.Report("config", errors.Wrap(err, "reading the kernel's command line"))
	}
	return source.CommandLine(string(line))
}

// smbios and firmware are layers that a machine, or its kernel, may not have.

func (s *Settings) smbios() layer.Layer {
	table, err := s.kernel.ReadFile(source.SMBIOSTable)
	if err != nil && !os.IsNotExist(err) {
		s.report.Report("config", errors.Wrap(err, "reading the SMBIOS table"))
	}
	return source.SMBIOS(table)
}

func (s *Settings) firmware() layer.Layer {
	l, err := source.Firmware(os.DirFS(s.kernel.Path(source.FirmwareDir)))
	if err != nil && !os.IsNotExist(err) {
		s.report.Report("config", errors.Wrap(err, "reading QEMU's firmware configuration"))
	}
	return l
}

func (s *Settings) seedDisk() layer.Layer {
	files, err := s.seed(nocloud.Label, nocloud.Files()...)
	if err != nil {
		s.report.Report("config", err)
	}
	if files == nil {
		return layer.Layer{}
	}
	return nocloud.Layer(files, yaml.ToJSON)
}
