package execution

import (
	"path/filepath"
	"slices"
	"strings"
)

// fileFlags are the flags of a test binary that name a file for it to write (go help
// testflag, and package testing). Those that are profiles lie in -test.outputdir unless
// their paths are absolute.
var (
	profileFlags = []string{"blockprofile", "coverprofile", "cpuprofile", "memprofile", "mutexprofile", "trace"}
	otherFlags   = []string{"testlogfile"}
)

// testOutputs returns the paths of the files that a test binary with these arguments writes to.
func testOutputs(args []string) []string {
	dir, _ := testFlag(args, "outputdir")
	var paths []string
	for _, name := range slices.Concat(profileFlags, otherFlags) {
		path, ok := testFlag(args, name)
		if !ok {
			continue
		}
		if slices.Contains(profileFlags, name) && dir != "" && !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		paths = append(paths, path)
	}
	return paths
}

// isTest tells whether the arguments are for a test binary.
func isTest(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-test.") })
}

// testFlag returns the value of a flag of package testing.
func testFlag(args []string, name string) (string, bool) {
	for _, arg := range args {
		if value, ok := strings.CutPrefix(arg, "-test."+name+"="); ok && value != "" {
			return value, true
		}
	}
	return "", false
}
