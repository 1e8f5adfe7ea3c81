//go:build linux

package modules

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// driver is a module that is loaded if there is a device for it.
type driver struct {
	file    string   // relative to the folder of the modules
	needs   []string // the files to load before it, in order
	aliases []alias  // of the devices that it drives
}

// alias is a pattern for the alias of a device. text is the part before its first
// special character. It is compared first, because it rules out most devices.
type alias struct{ text, pattern, bus string }

// readLists reads the lists of the modules that are loaded for devices, in load order.
// It returns nil if there are no lists.
func readLists(k *kernelapi.Kernel) ([]driver, error) {
	dir := config.ModulesDir + k.Release()
	deps, err := k.ReadFile(path.Join(dir, config.ModuleDeps))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, errors.Wrap(err, "reading which modules need which")
	}
	aliases, err := k.ReadFile(path.Join(dir, config.ModuleAlias))
	if err != nil {
		return nil, errors.Wrap(err, "reading which modules are for which devices")
	}
	return parseLists(string(deps), string(aliases)), nil
}

// parseLists parses modules.dep(5) and modules.alias(5).
func parseLists(deps, aliases string) []driver {
	var all []driver
	index := map[string]int{}
	for line := range strings.Lines(deps) {
		file, needs, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		index[moduleName(file)] = len(all)
		before := strings.Fields(needs)
		slices.Reverse(before) // the last one must be loaded first
		all = append(all, driver{file: file, needs: before})
	}
	for line := range strings.Lines(aliases) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] != "alias" {
			continue
		}
		i, ok := index[words[2]]
		bus := config.DeviceBus(words[1])
		if !ok || bus == "" {
			continue
		}
		end := strings.IndexAny(words[1]+"*", `*?[\`)
		all[i].aliases = append(all[i].aliases, alias{words[1][:end], words[1], bus})
	}
	return all
}

// moduleName returns the name of the module in a file.
func moduleName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// fits reports whether a driver is for a device.
func (d driver) fits(device string) bool {
	return slices.ContainsFunc(d.aliases, func(a alias) bool {
		if !strings.HasPrefix(device, a.text) {
			return false
		}
		ok, err := path.Match(a.pattern, device)
		return ok && err == nil
	})
}
