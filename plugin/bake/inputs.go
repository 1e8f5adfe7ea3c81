package bake

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/output"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/container"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/source"
)

// inputs are the paths of the files that a bake starts from, sorted by what
// they are.
type inputs struct {
	kernel   string            // an image, or what has one with its modules in it
	packaged bool              // it is the latter
	modules  []string          // *.ko
	archives []string          // with modules to choose from
	config   string            // the kernel's build configuration, empty if there is none
	builtin  string            // its modules.builtin, empty if there is none
	isolinux map[string]string // path by file name
	unused   []string
}

// headerSize is how much of a file tells whether it is a kernel, in bytes: more
// than the setup part of a bzImage, which has at most 64 sectors.
const headerSize = 64 << 10

// isolinuxFiles are the names by which ISOLINUX's parts are known everywhere.
var isolinuxFiles = []string{"isolinux.bin", "ldlinux.c32", "isohdpfx.bin"}

// findInputs sorts the files of an artifact. The options kernel and modules
// take the place of what the artifact has of them.
func findInputs(files []string, o *Options) (inputs, error) {
	in := inputs{kernel: o.Kernel, config: o.KernelConfig, isolinux: map[string]string{}}
	var kernels, packages, suspects []string
	for _, path := range files {
		header, err := readHeader(path)
		if err != nil {
			return inputs{}, errors.Wrap(err, "the input artifact's files")
		}
		notKernel := kernel.IsImage(header)
		name, kind := filepath.Base(path), source.Identify(header)
		switch {
		case slices.Contains(isolinuxFiles, name):
			in.isolinux[name] = path
		case kernel.IsModuleFile(path) && o.Modules == nil:
			in.modules = append(in.modules, path)
		case kernel.IsConfig(header) && o.KernelConfig == "":
			in.config = path
		case name == "modules.builtin":
			in.builtin = path
		case notKernel == nil && o.Kernel == "":
			kernels = append(kernels, path)
		case kind.IsPackage() && o.Kernel == "":
			packages = append(packages, path)
		case kind.IsModules() && o.Modules == nil:
			in.archives = append(in.archives, path)
		default:
			in.unused = append(in.unused, path)
			if looksLikeKernel(name) {
				suspects = append(suspects, path+": "+notKernelReason(notKernel))
			}
		}
	}
	if len(kernels) == 0 {
		kernels, packages = packages, nil
	}
	in.unused = append(in.unused, packages...)
	if o.Kernel == "" {
		var err error
		if in.kernel, err = theKernel(kernels, suspects, files); err != nil {
			return inputs{}, err
		}
	}
	return in, in.choose(o.Modules)
}

// theKernel returns the one kernel, or says why there is not just one.
func theKernel(kernels, suspects, files []string) (string, error) {
	switch {
	case len(kernels) == 1:
		return kernels[0], nil
	case len(kernels) > 1:
		return "", errors.Errorf("the input artifact has %d kernels (%s): name the one to use with the option kernel",
			len(kernels), strings.Join(kernels, ", "))
	case len(suspects) > 0:
		return "", errors.Errorf("the input artifact has no kernel; %s", strings.Join(suspects, "; "))
	case len(files) == 0:
		return "", errors.New("the input artifact has no files, so no kernel: " +
			"list a vmlinuz in artifice's files (it drops names that do not exist without a word), " +
			"or name it with the option kernel")
	}
	return "", errors.Errorf("the input artifact has no kernel, only %s: add a vmlinuz, or name it with the option kernel",
		strings.Join(files, ", "))
}

func looksLikeKernel(name string) bool {
	return strings.HasPrefix(name, "vmlinu") || strings.HasPrefix(name, "Image") || strings.HasPrefix(strings.ToLower(name), "bzimage")
}

func notKernelReason(err error) string {
	if err == nil {
		return "not used, as the option kernel names another"
	}
	return err.Error()
}

// readHeader returns the first bytes of a file; of a folder, none.
func readHeader(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, nil
	}
	f, err := input.Open(path, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, headerSize))
}

// inputFiles are those of the artifact and of the options.
func (o *Options) inputFiles(artifact []string) output.Inputs {
	var in output.Inputs
	in.Add("the input artifact", artifact...)
	in.Add("kernel", o.Kernel)
	in.Add("kernel_config", o.KernelConfig)
	in.Add("modules", o.Modules...)
	in.Add("keys", o.Keys...)
	in.Add("program", o.Program)
	in.Add("container_image", container.LocalPath(o.ContainerImage))
	in.Add("log: ca_file", o.Log.CAFile)
	in.Add("ca_certificates", o.CACertificates...)
	for _, f := range o.Files {
		in.Add(f.name(), f.Source)
	}
	for _, s := range o.Services {
		in.Add(s.title()+": program", s.Program)
	}
	if o.IsolinuxDir != "" {
		for _, name := range isolinuxFiles {
			in.Add("isolinux_dir", filepath.Join(o.IsolinuxDir, name))
		}
	}
	return in
}
