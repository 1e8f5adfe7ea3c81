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

// driver is a module that is loaded when there is a device for it.
type driver struct {
	file    string   // in the folder of the modules
	needs   []string // the files of those to load before, in order
	aliases []alias  // of the devices that it is for
}

// alias is a pattern of a device's name. Most differ from a name in the text
// before their first special character, which is compared first.
type alias struct{ text, pattern, bus string }

// readLists reads the modules that are loaded for devices, in load order: none if
// there are no lists of them.
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

// parseLists reads the formats of modules.dep(5) and modules.alias(5).
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
		slices.Reverse(before) // the last is to be loaded first
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

// moduleName is the name of the module in a file.
func moduleName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// fits tells whether a driver is for a device.
func (d driver) fits(device string) bool {
	return slices.ContainsFunc(d.aliases, func(a alias) bool {
		if !strings.HasPrefix(device, a.text) {
			return false
		}
		ok, err := path.Match(a.pattern, device)
		return ok && err == nil
	})
}
