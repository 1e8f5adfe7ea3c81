package container

import (
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

// usualPath is PATH where an image sets none, as docker has it (moby,
// oci/defaults.go).
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Command is what an image runs: its entry point, then its command, as docker run does
// it. An entry point that is given replaces both of the image's, args the command. It
// is empty if nothing says what to run.
func Command(c v1.Config, entrypoint, args []string) []string {
	switch {
	case len(entrypoint) > 0:
		return slices.Concat(entrypoint, args)
	case len(args) > 0:
		return slices.Concat(c.Entrypoint, args)
	}
	return slices.Concat(c.Entrypoint, c.Cmd)
}

// Dir is the folder that the image's command starts in.
func Dir(c v1.Config) string { return path.Join("/", c.WorkingDir) }

// Find returns the path of a program: name itself if there is a slash in it, taken
// from dir on, else the first one of that name in PATH of the environment, which has
// entries NAME=value.
func (t *Tree) Find(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		if !path.IsAbs(name) {
			name = path.Join(dir, name)
		}
		if _, there := t.Lookup(name); !there {
			return "", errors.Errorf("the image has no %s, which it is to run", name)
		}
		return name, nil
	}
	folders := usualPath
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			folders = value
		}
	}
	for _, folder := range strings.Split(folders, ":") {
		candidate := path.Join("/", folder, name)
		if e, there := t.Lookup(candidate); there && executable(e) {
			return candidate, nil
		}
	}
	return "", errors.Errorf("the image has no %q, which it is to run, in any folder of PATH (%s)", name, folders)
}

func executable(e tree.Entry) bool { return e.Mode.IsRegular() && e.Mode.Perm()&0o111 != 0 }

// maxInterpreters is how many programs the kernel starts one for the other
// (exec_binprm, fs/exec.c).
const maxInterpreters = 5

// Program reads the program at a path, and checks that a machine of the architecture
// can run it: each program that is to start it, such as the dynamic loader or the
// interpreter of a script, must be in the tree, too.
func (t *Tree) Program(name, arch string) (program.Program, error) {
	var first program.Program
	for i := range maxInterpreters + 1 {
		e, there := t.Lookup(name)
		switch {
		case !there:
			return first, errors.Errorf("it needs %s, which the image does not have: add that to the image, or link the program statically", name)
		case e.Mode.IsDir():
			return first, errors.Errorf("%s is a folder", name)
		case !executable(e):
			return first, errors.Errorf("%s is no file that can be executed (%s): run chmod +x on it where the image is made", name, e.Mode)
		}
		prog, interpreter, err := program.Inspect(e.Content, arch)
		if err != nil {
			return first, errors.Wrap(err, name)
		}
		if i == 0 {
			first = prog
		}
		if interpreter == "" {
			return first, nil
		}
		name = path.Join("/", interpreter)
	}
	return first, errors.Errorf("more than %d interpreters would have to start one for the other", maxInterpreters)
}
