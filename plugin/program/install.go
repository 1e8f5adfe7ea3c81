package program

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pkg/errors"
)

// atVersion tells whether the package is path@version, which is not in the module of the
// working folder.
func (b Build) atVersion() bool {
	_, err := os.Stat(b.Package)
	return err != nil && strings.Contains(b.Package, "@")
}

// install builds a package of a module at a version with go install, and returns the
// path of the program below dir. go install ignores the module of the working folder. As
// it refuses GOBIN when it compiles for another system, it gets a GOPATH of its own, with
// the user's module cache.
func (b Build) install(ctx context.Context, gocmd, dir string) (string, error) {
	env, err := b.command(ctx, gocmd, "", "env", "GOMODCACHE", "GOENV")
	if err != nil {
		return "", errors.Wrap(err, "finding the module cache")
	}
	cache, settings, _ := strings.Cut(strings.TrimSpace(env), "\n")
	settings, err = withoutBin(strings.TrimSpace(settings), dir)
	if err != nil {
		return "", err
	}
	gopath := filepath.Join(dir, "go")
	b.Env = append([]string{"GOMODCACHE=" + strings.TrimSpace(cache), "GOENV=" + settings, "GOPATH=" + gopath, "GOBIN="}, b.Env...)
	if _, err := b.goTool(ctx, gocmd, append(b.arguments("install"), b.Flags...)...); err != nil {
		return "", errors.Wrapf(err, "building the package %s", b.Package)
	}
	return onlyFile(filepath.Join(gopath, "bin"), b.Package)
}

// withoutBin copies the user's settings of Go (go help environment) to dir, all but GOBIN,
// and returns the path of the copy.
func withoutBin(settings, dir string) (string, error) {
	text, err := os.ReadFile(settings)
	if settings == "off" || errors.Is(err, fs.ErrNotExist) {
		return "off", nil
	}
	if err != nil {
		return "", errors.Wrap(err, "reading the settings of Go")
	}
	text = regexp.MustCompile(`(?m)^GOBIN=.*$`).ReplaceAll(text, nil)
	path := filepath.Join(dir, "env")
	return path, errors.Wrap(os.WriteFile(path, text, 0o600), "copying the settings of Go")
}

// onlyFile returns the path of the one file below dir.
func onlyFile(dir, pkg string) (string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			found = append(found, path)
		}
		return err
	})
	if err == nil && len(found) == 1 {
		return found[0], nil
	}
	return "", errors.Errorf("%s is %d programs: name the package of one", pkg, len(found))
}
