package e2e

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/crypto/bcrypt"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

const registryUser, registryPassword = "acme", "let me in"

// startRegistry starts Debian's docker-registry with TLS and a password, and returns its
// address.
func startRegistry(t *testing.T, a authority) string {
	t.Helper()
	dir := t.TempDir()
	certificate, key := a.serverFiles(t, net.IPv4(127, 0, 0, 1))
	hash, err := bcrypt.GenerateFromPassword([]byte(registryPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	passwords := filepath.Join(dir, "htpasswd")
	if err := os.WriteFile(passwords, fmt.Appendf(nil, "%s:%s\n", registryUser, hash), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	config := filepath.Join(dir, "config.yml")
	text := fmt.Sprintf(`version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: %q}}
http: {addr: %q, tls: {certificate: %q, key: %q}}
auth: {htpasswd: {realm: acme, path: %q}}
`, filepath.Join(dir, "data"), address, certificate, key, passwords)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tooltest.Need(t, "docker-registry"), "serve", config)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 300 {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("docker-registry does not listen")
	return ""
}

// push puts an image into the registry.
func push(t *testing.T, a authority, ref string, image v1.Image) {
	t.Helper()
	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: a.pool()}
	err = remote.Write(tag, image, remote.WithTransport(transport), remote.WithAuth(&authn.Basic{Username: registryUser, Password: registryPassword}))
	if err != nil {
		t.Fatal(err)
	}
}

// addFile adds a file of this host to a layer, at a path.
func addFile(t *testing.T, w *tar.Writer, path, source string) {
	t.Helper()
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	addText(t, w, path, 0o755, string(data))
}

func addText(t *testing.T, w *tar.Writer, path string, mode int64, text string) {
	t.Helper()
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: mode, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// addProgram adds one of this host's programs with its loader and libraries, as ldd(1)
// lists them.
func addProgram(t *testing.T, w *tar.Writer, path, program string, seen map[string]bool) {
	t.Helper()
	program = tooltest.Need(t, program)
	addFile(t, w, path, program)
	for _, field := range strings.Fields(tooltest.Run(t, "ldd", program)) {
		if strings.HasPrefix(field, "/") && !seen[field] {
			seen[field] = true
			addFile(t, w, strings.TrimPrefix(field, "/"), field)
		}
	}
}

// layered makes an image of layers.
func layered(t *testing.T, c v1.Config, layers ...func(w *tar.Writer)) v1.Image {
	t.Helper()
	image := empty.Image
	for _, fill := range layers {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		fill(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil })
		if err != nil {
			t.Fatal(err)
		}
		if image, err = mutate.AppendLayers(image, layer); err != nil {
			t.Fatal(err)
		}
	}
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", "amd64", c
	if image, err = mutate.ConfigFile(image, file); err != nil {
		t.Fatal(err)
	}
	return image
}

// redisImage is Debian's redis with its libraries and a shell, as such images are made:
// the entry point is a script that runs the command, as a user of the image's own.
func redisImage(t *testing.T) v1.Image {
	c := v1.Config{
		Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"redis-server", "--bind", "0.0.0.0", "--protected-mode", "no"},
		Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin", "REDIS_DIR=/data"}, User: "redis", WorkingDir: "/data",
		ExposedPorts: map[string]struct{}{"6379/tcp": {}}, Volumes: map[string]struct{}{"/data": {}}, StopSignal: "SIGINT",
	}
	seen := map[string]bool{}
	return layered(t, c,
		func(w *tar.Writer) {
			addProgram(t, w, "bin/sh", "dash", seen)
			addText(t, w, "etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\nredis:x:999:998::/data:/bin/sh\n")
			addText(t, w, "etc/group", 0o644, "root:x:0:\nredis:x:998:\nstaff:x:50:redis\n")
			addText(t, w, "usr/bin/redis-server", 0o644, "what a later layer replaces")
			addText(t, w, "gone", 0o644, "what a later layer takes away")
		},
		func(w *tar.Writer) {
			// Debian's redis-check-rdb is the server by another name.
			addProgram(t, w, "usr/bin/redis-server", "redis-check-rdb", seen)
			addText(t, w, ".wh.gone", 0o644, "")
			addText(t, w, "usr/local/bin/docker-entrypoint.sh", 0o755, "#!/bin/sh\nset -e\n[ ! -e /gone ]\necho \"in $PWD as $HOME with $REDIS_DIR\"\nexec \"$@\"\n")
			if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "data/", Mode: 0o755, Uid: 999, Gid: 998}); err != nil {
				t.Fatal(err)
			}
		})
}

// TestContainerImage: an image of Debian's redis from a registry with TLS and a password
// is a machine, which a client of redis uses.
func TestContainerImage(t *testing.T) {
	tooltest.Need(t, "docker-registry")
	a := newAuthority(t)
	registry := startRegistry(t, a)
	ref := registry + "/acme/redis:7"
	image := redisImage(t)
	push(t, a, ref, image)
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	p := newPacker(t)
	docker := t.TempDir()
	p.env = append(p.env, "SSL_CERT_FILE="+a.file(t), "DOCKER_CONFIG="+docker, "XDG_CACHE_HOME="+t.TempDir())
	kernel := filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz")
	template := p.writeTemplate(t, []string{kernel}, fmt.Sprintf("container_image = %q\n%s", ref, bothOutputs))

	out, err := p.run(t, "build", template)
	if err == nil || !strings.Contains(out, "container_image: "+ref+": the registry "+registry+" lets nobody have acme/redis without the right credentials: run docker login "+registry) {
		t.Errorf("without a password: %v\n%s", err, out)
	}
	login(t, docker, registry)
	said := p.build(t, template)
	for _, want := range []string{
		"Container image " + ref + ": " + digest.String(), "It runs /usr/local/bin/docker-entrypoint.sh redis-server --bind 0.0.0.0 --protected-mode no in /data, as the user 999, group 998",
		"the port 6379, which the image exposes, to 6379 of the host", "the volume /data is in memory",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("packer did not say %q:\n%s", want, said)
		}
	}

	v := vmtest.Boot(t, vm.Options{CDROM: filepath.Join(p.dir, "output", "m.iso"), Forwards: []qemu.Forward{{Guest: 6379}}, MemoryMiB: 192})
	vmtest.Expect(t, v, "in /data as /data with /data", "Ready to accept connections")
	conn, err := net.DialTimeout("tcp", v.Address(), 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	answers := bufio.NewReader(conn)
	for _, ask := range [][2]string{{"PING", "+PONG"}, {"SET greeting hello", "+OK"}, {"GET greeting", "$5"}, {"SAVE", "+OK"}} {
		if _, err := fmt.Fprintf(conn, "%s\r\n", ask[0]); err != nil {
			t.Fatal(err)
		}
		line, err := answers.ReadString('\n')
		if err != nil || strings.TrimSpace(line) != ask[1] {
			t.Errorf("%s: %q, %v, want %q", ask[0], line, err, ask[1])
		}
		if ask[1] == "$5" {
			if line, err := answers.ReadString('\n'); strings.TrimSpace(line) != "hello" {
				t.Errorf("got %q, %v", line, err)
			}
		}
	}
	vmtest.Monitor(t, v, "system_powerdown")
	vmtest.WaitOff(t, v)
	if console := v.Console(); !strings.Contains(console, "Received SIGINT scheduling shutdown") {
		t.Errorf("redis did not end by the image's stop signal:\n%s", console)
	}
}

// login writes what docker login does.
func login(t *testing.T, dir, registry string) {
	t.Helper()
	config, err := json.Marshal(map[string]any{"auths": map[string]any{registry: map[string]string{"username": registryUser, "password": registryPassword}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
}
