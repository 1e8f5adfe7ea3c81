package program

import (
	"bytes"
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

// build compiles a package in testdata, or this repository's, with more flags.
func build(t *testing.T, pkg, arch string, flags ...string) []byte {
	t.Helper()
	tooltest.Need(t, "go")
	path, remove, err := Build{Package: pkg, Arch: arch, Flags: flags}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestPlainProgram(t *testing.T) {
	p, err := Parse(content.Bytes(build(t, "testdata/plain", "amd64")), "amd64")
	if err != nil || p.Machine {
		t.Errorf("got Machine %v, %v", p.Machine, err)
	}
}

func TestProgramThatCallsMachineRun(t *testing.T) {
	for name, flags := range map[string][]string{
		"stripped": nil,
		"whole":    {"-ldflags="},
		"PIE":      {"-buildmode=pie"},
	} {
		t.Run(name, func(t *testing.T) {
			image := build(t, "../../init/demo", "amd64", flags...)
			p, err := Parse(content.Bytes(image), "amd64")
			if name == "PIE" && err != nil && strings.Contains(err.Error(), "is dynamic") {
				return // Go's PIE asks for a loader, and is refused for it
			}
			if err != nil || !p.Machine || p.LogTLS {
				t.Errorf("got Machine %v, %v", p.Machine, err)
			}
		})
	}
}

// TestProgramWithLogTLS: one that asks for it can send its log over TLS.
func TestProgramWithLogTLS(t *testing.T) {
	p, err := Parse(content.Bytes(build(t, "../e2e/testdata/logger", "amd64")), "amd64")
	if err != nil || !p.Machine || !p.LogTLS {
		t.Errorf("got Machine %v, LogTLS %v, %v", p.Machine, p.LogTLS, err)
	}
}

// TestNeeds: what a program may ask its machine for is told by its table, and that
// of one that has no table is not known.
func TestNeeds(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "foreign")
	compile := exec.Command(tooltest.Need(t, "gcc"), "-static", "-o", foreign, "-x", "c", "-")
	compile.Stdin = strings.NewReader("int main(void) { return 0; }")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	inC, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name         string
		image        []byte
		roots, zones bool
	}{
		{"a program that prints", build(t, "testdata/plain", "amd64"), false, false},
		{"one that asks for both", build(t, "testdata/asks", "amd64"), true, true},
		{"not stripped", build(t, "testdata/asks", "amd64", "-ldflags="), true, true},
		{"one that brings its zones", build(t, "testdata/zoned", "amd64"), false, false},
		{"one in C", inC, true, true},
	} {
		p, err := Parse(content.Bytes(test.image), "amd64")
		if err != nil || p.Roots != test.roots || p.Zones != test.zones {
			t.Errorf("%s: Roots %v, Zones %v, %v", test.name, p.Roots, p.Zones, err)
		}
	}
}

func TestSamePackageSameBytes(t *testing.T) {
	here := build(t, "testdata/plain", "amd64")
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(elsewhere, os.DirFS("testdata/plain")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(elsewhere, "go.mod"), []byte("module example.com/elsewhere\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(here, build(t, "testdata/plain", "amd64")) {
		t.Error("two builds of one package differ")
	}
	build(t, elsewhere, "amd64") // a folder of another module
}

func TestParseRefuses(t *testing.T) {
	plain := build(t, "testdata/plain", "amd64")
	patch := func(offset int, value byte) []byte {
		b := bytes.Clone(plain)
		b[offset] = value
		return b
	}
	noEntry := bytes.Clone(plain)
	clear(noEntry[24:32]) // e_entry
	tests := []struct {
		name  string
		image []byte
		want  string
	}{
		{"empty", nil, "an empty file"},
		{"text", []byte("hello"), "this is not an ELF file: give a static Linux program, built with GOOS=linux GOARCH=amd64 CGO_ENABLED=0"},
		{"macOS", []byte("\xcf\xfa\xed\xfe1234"), "a program for macOS"},
		{"Windows", []byte("MZ\x90"), "a program for Windows"},
		{"script", []byte("#!/bin/sh\n"), "a script, and the machine has no interpreter"},
		{"package archive", []byte("!<arch>\n"), "lacks a main"},
		{"FreeBSD", patch(elf.EI_OSABI, byte(elf.ELFOSABI_FREEBSD)), "not for Linux but for ELFOSABI_FREEBSD: build it with GOOS=linux"},
		{"object file", patch(16, byte(elf.ET_REL)), "an object file, not a program: it lacks a main"},
		{"core file", patch(16, byte(elf.ET_CORE)), "it has no entry point"},
		{"no entry", noEntry, "it has no entry point, so it lacks a main"},
		{"arm64", build(t, "testdata/plain", "arm64"), "for EM_AARCH64, the machine is amd64: build it with GOARCH=amd64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(content.Bytes(test.image), "amd64")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

// TestParseRefusesDynamic uses a program that is on every Linux.
func TestParseRefusesDynamic(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	image, err := os.ReadFile(shell)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := elf.NewFile(bytes.NewReader(image)); err != nil {
		t.Skip("programs here are not ELF files")
	}
	_, err = Parse(content.Bytes(image), "amd64")
	if err == nil || !strings.Contains(err.Error(), "the program is dynamic (it needs /lib64/ld-linux-x86-64.so.2): build it with CGO_ENABLED=0") {
		t.Errorf("got %v", err)
	}
}

func TestBuildRefuses(t *testing.T) {
	tooltest.Need(t, "go")
	tests := []struct {
		name string
		pkg  string
		want string
	}{
		{"a library", "testdata/library", "is not a program: it is package library and lacks a main"},
		{"broken code", "testdata/broken", "undefined: nothing"},
		{"no such package", "./testdata/none", "finding the package ./testdata/none"},
		{"several", "./testdata/...", "packages: name one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := Build{Package: test.pkg, Arch: "amd64"}.Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestBuildWithoutGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, _, err := Build{Package: "testdata/plain", Arch: "amd64"}.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the Go toolchain is not in PATH") {
		t.Errorf("got %v", err)
	}
}

// TestCancelledBuildLeavesNothing ends a build that has only begun.
func TestCancelledBuildLeavesNothing(t *testing.T) {
	tooltest.Need(t, "go")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := Build{Package: "testdata/plain", Arch: "amd64"}.Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Add([]byte("#!"))
	if self, err := os.ReadFile("/proc/self/exe"); err == nil {
		f.Add(self[:4096])
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		_, _ = Parse(content.Bytes(image), "amd64") // must not panic
	})
}
