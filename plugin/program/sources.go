package program

import (
	"context"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// Sources are what a build reads of the user's: neither Go's own packages nor those in
// the module cache, which nobody changes. All paths are absolute.
type Sources struct {
	// Files are those of the last build, and go.mod, go.sum and go.work, which need not
	// be there.
	Files []string
	// Packages are the folders of packages. A source file that is new there is part of
	// the next build.
	Packages []string
	// Embedded are the folders of embedded files. Any file that is new there may be.
	Embedded []string
}

// Sources lists them. Packages that do not compile are no error.
func (b Build) Sources(ctx context.Context) (Sources, error) {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return Sources{}, errors.New("the Go toolchain is not in PATH: install it")
	}
	env, err := b.goEnv(ctx, gocmd)
	if err != nil {
		return Sources{}, err
	}
	out, err := b.goTool(ctx, gocmd, append([]string{"list", "-e", "-deps", "-json=" + strings.Join(packageFields, ",")}, b.Flags...)...)
	if err != nil {
		return Sources{}, errors.Wrapf(err, "listing the sources of %s", b.Package)
	}
	var s Sources
	for in := json.NewDecoder(strings.NewReader(out)); ; {
		var p listed
		switch err := in.Decode(&p); {
		case err == io.EOF:
			s.add("", env.GOWORK)
			s.tidy()
			return s, nil
		case err != nil:
			return s, errors.Wrap(err, "reading what go list printed")
		case !p.Standard && p.Dir != "" && !within(env.GOMODCACHE, p.Dir):
			s.addPackage(p)
		}
	}
}

// goEnv are variables of the go command's (go help environment).
type goEnv struct{ GOMODCACHE, GOWORK string }

func (b Build) goEnv(ctx context.Context, gocmd string) (env goEnv, err error) {
	out, err := b.command(ctx, gocmd, b.folder(), "env", "-json")
	if err != nil {
		return env, errors.Wrap(err, "asking go for its environment")
	}
	return env, errors.Wrap(json.Unmarshal([]byte(out), &env), "reading what go env printed")
}

// listed is a package as go list -json has it (go help list).
type listed struct {
	Dir      string
	Standard bool
	Module   *struct{ GoMod string }

	GoFiles, CFiles, HFiles, SFiles, SysoFiles, EmbedFiles []string
}

var packageFields = []string{"Dir", "Standard", "Module", "GoFiles", "CFiles", "HFiles", "SFiles", "SysoFiles", "EmbedFiles"}

func (s *Sources) addPackage(p listed) {
	s.Packages = append(s.Packages, p.Dir)
	s.add(p.Dir, slices.Concat(p.GoFiles, p.CFiles, p.HFiles, p.SFiles, p.SysoFiles, p.EmbedFiles)...)
	for _, name := range p.EmbedFiles {
		s.Embedded = append(s.Embedded, filepath.Join(p.Dir, filepath.Dir(name)))
	}
	if p.Module != nil && p.Module.GoMod != "" {
		s.add("", p.Module.GoMod, filepath.Join(filepath.Dir(p.Module.GoMod), "go.sum"))
	}
}

func (s *Sources) add(dir string, names ...string) {
	for _, name := range names {
		if name != "" && name != "off" { // GOWORK is
			s.Files = append(s.Files, filepath.Join(dir, name))
		}
	}
}

func (s *Sources) tidy() {
	for _, list := range []*[]string{&s.Files, &s.Packages, &s.Embedded} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// Folders are all folders that have sources.
func (s Sources) Folders() []string {
	all := slices.Concat(s.Packages, s.Embedded)
	for _, file := range s.Files {
		all = append(all, filepath.Dir(file))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Has tells whether a change of a file, which may be new, changes the program. Editors
// leave files of their own beside what they save.
func (s Sources) Has(path string) bool {
	if _, ok := slices.BinarySearch(s.Files, path); ok {
		return true
	}
	dir, name := filepath.Split(path)
	dir = filepath.Clean(dir)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || strings.HasSuffix(name, "~") {
		return false
	}
	if slices.Contains(s.Embedded, dir) {
		return true
	}
	source := slices.Contains([]string{".go", ".s", ".S", ".h", ".syso"}, filepath.Ext(name))
	return source && !strings.HasSuffix(name, "_test.go") && slices.Contains(s.Packages, dir)
}

// within tells whether a path is in a folder.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return dir != "" && err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
