package postprocessor

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// inputs are the paths of the files that a bake starts from, sorted by what
// they are.
type inputs struct {
	kernel   string
	modules  []string
	config   string            // the kernel's build configuration, empty if there is none
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
func findInputs(files []string, c *Config) (inputs, error) {
	in := inputs{kernel: c.Kernel, modules: c.Modules, config: c.KernelConfig, isolinux: map[string]string{}}
	var kernels, suspects []string
	for _, path := range files {
		header, err := readHeader(path)
		if err != nil {
			return inputs{}, errors.Wrap(err, "reading the input artifact")
		}
		_, notKernel := kernel.ParseBzImage(header)
		name := filepath.Base(path)
		switch {
		case slices.Contains(isolinuxFiles, name):
			in.isolinux[name] = path
		case kernel.IsModuleFile(path) && c.Modules == nil:
			in.modules = append(in.modules, path)
		case kernel.IsConfig(header) && c.KernelConfig == "":
			in.config = path
		case notKernel == nil && c.Kernel == "":
			kernels = append(kernels, path)
		default:
			in.unused = append(in.unused, path)
			if looksLikeKernel(name) {
				suspects = append(suspects, path+": "+notKernelReason(notKernel))
			}
		}
	}
	if c.Kernel != "" {
		return in, nil
	}
	var err error
	in.kernel, err = theKernel(kernels, suspects, files)
	return in, err
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
	return strings.HasPrefix(name, "vmlinu") || strings.HasPrefix(strings.ToLower(name), "bzimage")
}

func notKernelReason(err error) string {
	if err == nil {
		return "not used, as the option kernel names another"
	}
	return err.Error()
}

// readHeader returns the first bytes of a file; of a folder, none.
func readHeader(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, headerSize))
}

// load reads the kernel and the modules and checks that they fit.
func (in inputs) load() (kernel.Kernel, error) {
	image, err := os.ReadFile(in.kernel)
	if err != nil {
		return kernel.Kernel{}, errors.Wrap(err, "reading the kernel")
	}
	var modules []kernel.File
	for _, path := range in.modules {
		content, err := os.ReadFile(path)
		if err != nil {
			return kernel.Kernel{}, errors.Wrap(err, "reading a module")
		}
		modules = append(modules, kernel.File{Name: path, Content: content})
	}
	return kernel.New(kernel.File{Name: in.kernel, Content: image}, modules)
}
