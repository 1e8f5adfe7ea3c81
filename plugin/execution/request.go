package execution

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/collect"
)

// Request is a program as a command line asks for it.
type Request struct {
	Path          string
	Args          []string
	Env, ExtraEnv []string // "NAME=value"
	Dir           string   // the working folder, absolute
	// Files are "SRC:DST" for what goes into the machine, or "SRC", which has the same
	// path there.
	Files   []string
	Network bool
}

// Program checks the request and finds the files that it is about.
func (r Request) Program(ctx context.Context, arch string) (Program, error) {
	image, err := input.NewFile(r.Path, input.MaxProgram)
	if err != nil {
		return Program{}, err
	}
	if _, err := program.Parse(image, arch); err != nil {
		return Program{}, errors.Wrapf(err, "the program %s cannot run in the machine", r.Path)
	}
	p := Program{
		Image: image, Name: r.Path, Args: r.Args, Dir: guestPath(r.Dir),
		Env: slices.Concat(environment(r.Env), r.ExtraEnv),
	}
	for _, path := range testOutputs(r.Args) {
		p.Outputs = append(p.Outputs, r.guestPath(path))
	}
	if path, ok := testFlag(r.Args, "gocoverdir"); ok {
		p.Folders = append(p.Folders, r.guestPath(path))
	}
	p.Files, err = r.collect(ctx)
	return p, err
}

// collect finds the files for the machine. A test's working folder is its package's,
// whose testdata it may read.
func (r Request) collect(ctx context.Context) ([]tree.Entry, error) {
	var all []tree.Entry
	add := func(source, destination string) error {
		entries, err := collect.Files(ctx, source, destination, collect.Rules{})
		all = append(all, entries...)
		return err
	}
	if testdata := filepath.Join(r.Dir, "testdata"); isTest(r.Args) && input.Check(testdata) == nil {
		if err := add(testdata, guestPath(testdata)); err != nil {
			return nil, errors.Wrap(err, "testdata")
		}
	}
	for _, file := range r.Files {
		source, destination := file, ""
		if i := strings.LastIndex(file, ":/"); i > 0 {
			source, destination = file[:i], file[i+1:]
		}
		if destination == "" {
			absolute, err := filepath.Abs(source)
			if err != nil {
				return nil, err
			}
			destination = guestPath(absolute)
		}
		if err := add(source, destination); err != nil {
			return nil, errors.Wrapf(err, "--file %s", file)
		}
	}
	return all, nil
}

// guestPath is a path, which may be below the working folder, as a machine has it.
func (r Request) guestPath(path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.Dir, path)
	}
	return guestPath(path)
}

// guestPath is an absolute path of this host as a machine has it: C:\x becomes /x.
func guestPath(path string) string {
	return filepath.ToSlash(strings.TrimPrefix(path, filepath.VolumeName(path)))
}

// environment leaves out what is about this host's files alone. The machine's own are
// what a program looks for there.
func environment(host []string) []string {
	env := []string{"PATH=/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/root"}
	for _, entry := range host {
		name, _, _ := strings.Cut(entry, "=")
		if !slices.Contains([]string{"", "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "Path"}, name) {
			env = append(env, entry)
		}
	}
	return env
}
