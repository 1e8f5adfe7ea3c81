package stock

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/atomicfile"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

// packages are the programs' folders in the module.
var packages = map[string]string{"init": "init", "debug": "init/debug", "demo": "init/demo", "exec": "init/exec"}

// Names are those of the programs, sorted.
func Names() []string { return slices.Sorted(maps.Keys(packages)) }

// withoutHTTP2 leaves HTTP/2 out of net/http, a twentieth of the init with SSH:
// the status page is served and asked for by HTTP/1.1, and so is what the
// shell's curl gets.
const withoutHTTP2 = "-tags=nethttpomithttp2"

// Build builds the program of a name from the sources in a folder, the module's root,
// and returns the ELF file. It needs the Go toolchain in PATH.
func Build(ctx context.Context, sources, name, arch string) ([]byte, error) {
	b := program.Build{
		Package: filepath.Join(sources, filepath.FromSlash(packages[name])), Arch: arch, Flags: []string{withoutHTTP2},
		Env: []string{"GOWORK=off", "GOFLAGS=-mod=readonly"}, // of others' settings none is for this module
	}
	built, remove, err := b.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer remove()
	image, err := os.ReadFile(built)
	return image, errors.Wrapf(err, "reading the stock %s", name)
}

// fromModule builds a program from the version of the module that this one is built
// of, or takes what was built so before out of the user's cache.
func fromModule(ctx context.Context, name, arch string) ([]byte, error) {
	module, ok := ownModule()
	if _, known := packages[name]; !ok || !known || (arch != "amd64" && arch != "arm64") {
		return nil, errors.Errorf("this program was built without the stock %s for linux/%s: "+
			"run 'go generate ./plugin/stock' before 'go build', or use scripts/build", name, arch)
	}
	cache, err := fetch.DefaultDir()
	if err != nil {
		return nil, err
	}
	// Another toolchain makes other bytes of the same sources.
	path := filepath.Join(cache, "stock", module.Version+"-"+runtime.Version(), name+"-linux-"+arch)
	if image, err := os.ReadFile(path); err == nil {
		return image, nil
	}
	sources, err := download(ctx, module)
	if err != nil {
		return nil, err
	}
	image, err := Build(ctx, sources, name, arch)
	if err != nil {
		return nil, errors.Wrapf(err, "building the stock %s of %s@%s", name, module.Path, module.Version)
	}
	return image, errors.Wrapf(keep(path, image), "keeping the stock %s", name)
}

// ownModule is the module that this package belongs to, if it has a version that can be
// downloaded.
func ownModule() (debug.Module, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return debug.Module{}, false
	}
	for _, m := range append(info.Deps, &info.Main) {
		if strings.HasPrefix(ownPackage, m.Path+"/") {
			return *m, m.Sum != "" && m.Replace == nil // a working tree has no sum
		}
	}
	return debug.Module{}, false
}

// ownPackage is the path of this package.
const ownPackage = "github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"

// download returns the folder with a module's sources, which the go command checks.
func download(ctx context.Context, m debug.Module) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", m.Path+"@"+m.Version)
	cmd.Dir = os.TempDir() // in no module
	out, err := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &got); jsonErr == nil && got.Error != "" {
		err = errors.New(got.Error)
	}
	if err == nil && got.Sum != m.Sum {
		err = errors.Errorf("its checksum is %s, not %s", got.Sum, m.Sum)
	}
	return got.Dir, errors.Wrapf(err, "downloading the sources of %s@%s", m.Path, m.Version)
}

// keep writes a file whole or not at all.
func keep(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Commit()
}
