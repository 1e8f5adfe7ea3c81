package program

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Build describes how to build a Go package.
type Build struct {
	// Package is a folder, an import path of the module in the working folder, or an
	// import path with a version of its module: path@version.
	Package string
	// Arch is the GOARCH to build for.
	Arch string
	// Flags are further flags of go build, after ours.
	Flags []string
	// Env are "NAME=value" entries added to the environment of the go command.
	Env []string

	tmp string // where go build keeps its own temporary files
}

// Run builds the package as a static, stripped Linux program and returns the path
// of the ELF file, which is there until remove is called. It needs the Go toolchain
// in PATH. No path and no version control state of this host reaches the file.
// When ctx ends, so does the build.
func (b Build) Run(ctx context.Context) (path string, remove func(), err error) {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return "", nil, errors.New("the Go toolchain is not in PATH: install it, or give a built program")
	}
	dir, remove, err := makeFolder()
	if err != nil {
		return "", nil, err
	}
	b.tmp = dir
	if b.atVersion() {
		path, err = b.install(ctx, gocmd, dir)
	} else {
		path = filepath.Join(dir, "program")
		err = b.build(ctx, gocmd, path)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}

func (b Build) build(ctx context.Context, gocmd, out string) error {
	args := append(append(b.arguments("build"), "-o", out), b.Flags...)
	_, err := b.goTool(ctx, gocmd, args...)
	// Whether it is a program is asked afterwards, as that takes a go command more.
	if err != nil || isArchive(out) {
		if wrong := b.checkMain(ctx, gocmd); wrong != nil {
			return wrong
		}
	}
	if err != nil {
		return errors.Wrapf(err, "building the package %s", b.Package)
	}
	if _, err := os.Stat(out); errors.Is(err, os.ErrNotExist) {
		return errors.Errorf("go build made no program of %s: take -o, and what else keeps it from that, out of the flags", b.Package)
	}
	return nil
}

// arguments are our own of go build or go install.
func (b Build) arguments(command string) []string {
	return []string{command, "-trimpath", "-buildvcs=false", "-ldflags=-s -w"}
}

// checkMain makes sure that the package is a program. go build succeeds on any package
// and leaves an archive.
func (b Build) checkMain(ctx context.Context, gocmd string) error {
	out, err := b.goTool(ctx, gocmd, "list", "-f", "{{.Name}} {{.ImportPath}}")
	if err != nil {
		return errors.Wrapf(err, "finding the package %s", b.Package)
	}
	found := strings.Fields(out)
	if len(found) != 2 {
		return errors.Errorf("%s is %d packages: name one", b.Package, len(found)/2)
	}
	if found[0] != "main" {
		return errors.Errorf("the package %s is not a program: it is package %s and lacks a main", b.Package, found[0])
	}
	return nil
}

// goTool runs the go command on the package. A folder may lie in another
// module than the working folder, so there it runs in that folder.
func (b Build) goTool(ctx context.Context, gocmd string, args ...string) (string, error) {
	dir, pkg := b.folder(), b.Package
	if dir != "" {
		pkg = "."
	}
	return b.command(ctx, gocmd, dir, append(args, pkg)...)
}

// command runs the go command in a folder and returns what it prints. What it says when it
// fails is the error, without the modules that it downloads.
func (b Build) command(ctx context.Context, gocmd, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, gocmd, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+b.Arch, "GOTMPDIR="+b.tmp)
	cmd.Env = append(cmd.Env, b.Env...)
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = 500 * time.Millisecond
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		said := regexp.MustCompile(`(?m)^go: downloading .*\n?`).ReplaceAllString(stderr.String(), "")
		if said = strings.TrimSpace(said); said != "" {
			return "", errors.New(said)
		}
		return "", errors.Errorf("go %s: %v", args[0], err)
	}
	return stdout.String(), nil
}

// isArchive tells whether go build made what it makes of a package that is no program
// (ar(5)).
func isArchive(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	magic := make([]byte, 8)
	_, err = io.ReadFull(file, magic)
	return err == nil && string(magic) == "!<arch>\n"
}

// folder is the package's if that is what names it, or empty.
func (b Build) folder() string {
	if info, err := os.Stat(b.Package); err == nil && info.IsDir() {
		return b.Package
	}
	return ""
}

// interrupt lets the go command end its compilers and tidy up, which it does
// on SIGINT. Windows knows no such signal.
func interrupt(p *os.Process) error {
	if err := p.Signal(os.Interrupt); err != nil {
		return p.Kill()
	}
	return nil
}
