//go:build unix

package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

const ownModule = "github.com/scratchmachine/packer-plugin-scratchmachine"

// proxyFile is a file of the working tree for a module's zip file.
type proxyFile struct{ name, path string }

func (f proxyFile) Path() string                 { return f.name }
func (f proxyFile) Lstat() (os.FileInfo, error)  { return os.Lstat(f.path) }
func (f proxyFile) Open() (io.ReadCloser, error) { return os.Open(f.path) }

// moduleProxy makes a folder that is a proxy (https://go.dev/ref/mod#goproxy-protocol)
// with one version of this module: what git would have of the working tree.
func moduleProxy(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	versions := filepath.Join(dir, filepath.FromSlash(ownModule), "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	var files []zip.File
	for name := range strings.Lines(tooltest.Run(t, "git", "-C", "../..", "ls-files", "--cached", "--others", "--exclude-standard")) {
		name = strings.TrimSpace(name)
		path := filepath.Join("..", "..", filepath.FromSlash(name))
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
			files = append(files, proxyFile{name, path})
		}
	}
	out, err := os.Create(filepath.Join(versions, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := zip.Create(out, module.Version{Path: ownModule, Version: version}, files); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		version + ".mod": string(mod), version + ".info": fmt.Sprintf(`{"Version":%q}`, version), "list": version + "\n",
	} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestStranger: who has Go and QEMU, and a program, runs it as a machine with one line,
// by a version of this module, from another module's folder. Ctrl-C ends it in order.
func TestStranger(t *testing.T) {
	tooltest.Need(t, "qemu-system-x86_64")
	tooltest.Need(t, "git")
	version := fmt.Sprintf("v0.0.0-test.%d", time.Now().UnixNano())
	cache := strings.TrimSpace(tooltest.Run(t, "go", "env", "GOMODCACHE"))
	t.Cleanup(func() { forget(t, cache, version) })
	t.Setenv("GOPROXY", "file://"+moduleProxy(t, version)+","+strings.TrimSpace(tooltest.Run(t, "go", "env", "GOPROXY")))
	t.Setenv("GONOSUMDB", ownModule)
	t.Setenv("GOCACHE", strings.TrimSpace(tooltest.Run(t, "go", "env", "GOCACHE")))
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // where neither kernel nor init is yet
	port := freePort(t)
	cmd := exec.Command("go", "run", ownModule+"/plugin/cmd/scratchmachine@"+version, "run", "-q", "--publish", fmt.Sprintf("%d:80", port), ".")
	cmd.Dir = strangersModule(t)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var console strings.Builder
	cmd.Stdout, cmd.Stderr = &console, &console
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	answer := ask(t, port, ended)
	// As a terminal does, to the command and to the go command before it.
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-ended // go run has the status 1 after a SIGINT, whatever that of its program is, which it says if it is not 0
	if said := console.String(); answer != "hello from a stranger" || !strings.Contains(said, "machine: power button: powering off") ||
		strings.Contains(said, "exit status") {
		t.Errorf("it answered %q:\n%s", answer, said)
	}
}

// strangersModule is a folder with a module of one program.
func strangersModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module example.com/stranger\n\ngo 1.24\n",
		"main.go": `package main

import "net/http"

func main() {
	http.ListenAndServe(":80", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("hello from a stranger"))
	}))
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ask gets / until there is an answer, or the command has ended.
func ask(t *testing.T, port int, ended chan error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	client := http.Client{Timeout: 2 * time.Second}
	for {
		if response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/", port)); err == nil {
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			return string(body)
		}
		select {
		case err := <-ended:
			ended <- err
			return ""
		case <-ctx.Done():
			return ""
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// forget removes a version of this module from the module cache.
func forget(t *testing.T, cache, version string) {
	dir := filepath.Join(cache, filepath.FromSlash(ownModule)+"@"+version)
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o755) // it is read-only
		}
		return err
	})
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "cache", "download", filepath.FromSlash(ownModule), "@v", version+".*"))
	for _, path := range left {
		_ = os.Remove(path)
	}
}
