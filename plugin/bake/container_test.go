package bake

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

// inImage is a file of a container image, a folder if its path ends in a slash, a link
// if its text begins with an arrow.
type inImage struct {
	path, text string
	mode       int64
}

// imageOf is an image of one layer.
func imageOf(t *testing.T, c v1.Config, files ...inImage) v1.Image {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, f := range files {
		h := tar.Header{Typeflag: tar.TypeReg, Name: f.path, Mode: f.mode, Size: int64(len(f.text)), ModTime: time.Unix(1_600_000_000, 0)}
		if target, link := strings.CutPrefix(f.text, "-> "); link {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		} else if strings.HasSuffix(f.path, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(f.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	if image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: c, RootFS: rootOf(t, image)}); err != nil {
		t.Fatal(err)
	}
	return image
}

// containerImage writes an image of one layer as an OCI layout and returns the option.
func containerImage(t *testing.T, c v1.Config, files ...inImage) string {
	t.Helper()
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.AppendImage(imageOf(t, c, files...)); err != nil {
		t.Fatal(err)
	}
	return "oci:" + dir
}

func rootOf(t *testing.T, image v1.Image) v1.RootFS {
	t.Helper()
	c, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return c.RootFS
}

// static is a program that needs nothing.
func static(t *testing.T) string {
	t.Helper()
	elf, err := stock.Demo(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	return string(elf)
}

// ownCache keeps the test out of the user's cache.
func ownCache(t *testing.T) {
	dir := t.TempDir()
	for _, variable := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(variable, dir)
	}
}

// TestContainerImage: what the image says is what the machine does, with the image's
// files, and ours where it has none.
func TestContainerImage(t *testing.T) {
	ownCache(t)
	b := newBench(t)
	delete(b.options, "program")
	b.options["container_image"] = containerImage(t, v1.Config{
		Entrypoint: []string{"srv", "--data"}, Cmd: []string{"/var/lib/srv"}, Env: []string{"PATH=/opt:/usr/bin", "A=image", "B=image"},
		User: "srv", WorkingDir: "/app/work", StopSignal: "SIGQUIT", Volumes: map[string]struct{}{"/vol": {}},
		ExposedPorts: map[string]struct{}{"80/tcp": {}, "6379/tcp": {}, "53/udp": {}},
		Healthcheck:  &v1.HealthConfig{Test: []string{"CMD", "srv", "ping"}},
	},
		inImage{"usr/bin/srv", static(t), 0o755}, inImage{"bin", "-> usr/bin", 0}, inImage{"lib", "-> usr/lib", 0}, inImage{"usr/lib/libx.so", "x", 0o644},
		inImage{"etc/passwd", "root:x:0:0::/root:/bin/sh\nsrv:x:101:102::/var/lib/srv:/bin/sh\n", 0o600},
		inImage{"etc/group", "srv:x:102:\nvideo:x:44:srv\naudio:x:29:root,srv\n", 0o644},
		inImage{"etc/hosts", "theirs", 0o644}, inImage{"etc/resolv.conf", "-> /run/theirs", 0}, inImage{"init", "theirs", 0o755},
		inImage{"dev/null", "theirs", 0o644}, inImage{"run/lock/", "", 0o1777}, inImage{"etc/ssl/certs/ca-certificates.crt", "theirs", 0o644},
		inImage{"app/x", "x", 0o644},
	)
	b.options["env"] = map[string]string{"A": "template", "C": "template"}
	b.options["file"] = []map[string]any{
		{"content": "x", "destination": "/app/config", "owner": "srv", "mode": "0600"},
		{"content": "y", "destination": "/lib/liby.so"},
	}
	archive, said := b.initramfs(t)
	var config struct{ Program map[string]any }
	if err := json.Unmarshal([]byte(textOf(t, archive, "etc/machine.json")), &config); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"path": "/usr/bin/srv", "args": []any{"--data", "/var/lib/srv"}, "env": []any{"PATH=/opt:/usr/bin", "B=image", "A=template", "C=template"},
		"dir": "/app/work", "stop_signal": 3.0, "uid": 101.0, "gid": 102.0, "groups": []any{29.0, 44.0},
	}
	if diff := cmp.Diff(want, config.Program); diff != "" {
		t.Error(diff)
	}
	names := list(t, archive)
	for _, line := range []string{
		"-rwxr-xr-x 1 0 0 init\n", "-rw------- 1 101 102 app/config\n", "drwxr-xr-x 2 0 0 app/work\n", "drwxr-xr-x 2 0 0 vol\n", "drwxr-xr-x 2 0 0 dev\n",
		"lrwxrwxrwx 1 0 0 lib -> usr/lib\n", "-rw-r--r-- 1 0 0 usr/lib/liby.so\n", "-rw-r--r-- 1 0 0 usr/lib/modules/" + release + "/e1000.ko\n",
		"-rw------- 1 0 0 etc/passwd\n", "-rw-r--r-- 1 0 0 etc/services\n", "drwxrwxrwt 2 0 0 tmp\n",
	} {
		if !strings.Contains(names, line) {
			t.Errorf("it has no %q", line)
		}
	}
	for _, gone := range []string{"etc/hosts", "etc/resolv.conf", "dev/null", "run/lock"} {
		if strings.Contains(names, gone) {
			t.Errorf("it has %s", gone)
		}
	}
	if got := textOf(t, archive, "etc/ssl/certs/ca-certificates.crt"); got != "theirs" {
		t.Errorf("its certificates are %q", got)
	}
	for _, line := range []string{
		"It runs /usr/bin/srv --data /var/lib/srv in /app/work, as the user 101, group 102",
		"The image's own /init is left out",
		"as /run is empty when a machine starts: 1 files and folders",
		"What is written to the volume /vol is in memory and ends with the machine",
		"Its health check is not used: CMD srv ping",
		"Exposed, but not forwarded, as boxes forward TCP ports only: 53/udp",
		"A box forwards the port 80, which the image exposes, to 8080 of the host",
		"A box forwards the port 6379, which the image exposes, to 6379 of the host",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("it did not say %q:\n%s", line, said)
		}
	}
	if again, _ := b.initramfs(t); !bytes.Equal(again, archive) {
		t.Error("two bakes differ")
	}
}

// TestContainerImageByTemplate: what the template names wins over the image.
func TestContainerImageByTemplate(t *testing.T) {
	ownCache(t)
	b := newBench(t)
	delete(b.options, "program")
	b.options["container_image"] = containerImage(t, v1.Config{Entrypoint: []string{"/gone"}, Cmd: []string{"x"}, User: "65532"},
		inImage{"srv", static(t), 0o755}, inImage{"etc/localtime", "theirs", 0o644}, inImage{"usr/share/zoneinfo/UTC", "theirs", 0o644})
	b.options["entrypoint"], b.options["user"], b.options["time_zone"] = []string{"/srv"}, "7:8", "Europe/Berlin"
	archive, _ := b.initramfs(t)
	var config struct{ Program map[string]any }
	if err := json.Unmarshal([]byte(textOf(t, archive, "etc/machine.json")), &config); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"path": "/srv", "dir": "/", "uid": 7.0, "gid": 8.0}
	if diff := cmp.Diff(want, config.Program); diff != "" {
		t.Error(diff)
	}
	if names := list(t, archive); !strings.Contains(names, "usr/share/zoneinfo/Europe/Berlin") || strings.Contains(names, "usr/share/zoneinfo/Europe/Paris") {
		t.Error("it has not just the zone that the template names")
	}
	if text := textOf(t, archive, "etc/passwd"); !strings.HasPrefix(text, "root:x:0:0:") {
		t.Errorf("of an image without users it has %q", text)
	}
}

func TestContainerImageRefuses(t *testing.T) {
	ownCache(t)
	srv := inImage{"srv", static(t), 0o755}
	cmd := v1.Config{Cmd: []string{"/srv"}}
	tests := []struct {
		name    string
		config  v1.Config
		files   []inImage
		options map[string]any
		want    string
	}{
		{"no command", v1.Config{}, []inImage{srv}, nil, "the image says of no command to run: name one with the option entrypoint"},
		{"no such command", v1.Config{Cmd: []string{"/usr/bin/srv"}}, []inImage{srv}, nil, "the image has no /usr/bin/srv, which it is to run"},
		{"no interpreter", cmd, []inImage{{"srv", "#!/bin/sh\n", 0o755}}, nil, "its command /srv cannot run: it needs /bin/sh, which the image does not have"},
		{"no such user", v1.Config{Cmd: []string{"/srv"}, User: "web"}, []inImage{srv}, nil, `the user "web": there is no user "web": there are root`},
		{"no such group", v1.Config{Cmd: []string{"/srv"}, User: "0:web"}, []inImage{srv}, nil, `the group of the user "0:web"`},
		{"/init", v1.Config{Cmd: []string{"/init"}}, []inImage{{"init", static(t), 0o755}}, nil, "it runs /init, which is where a machine's own init is"},
		{"a link to /init", v1.Config{Cmd: []string{"/start"}}, []inImage{{"init", static(t), 0o755}, {"start", "-> init", 0}}, nil, "it runs /init"},
		{"/etc is a link", cmd, []inImage{srv, {"config/x", "", 0o644}, {"etc", "-> config", 0}}, nil, "its /etc leads to /config, but must be a folder"},
		{"a signal that is none", v1.Config{Cmd: []string{"/srv"}, StopSignal: "STOPP"}, []inImage{srv}, nil, `the stop signal "STOPP" is none`},
		{"a port that is none", v1.Config{Cmd: []string{"/srv"}, ExposedPorts: map[string]struct{}{"http": {}}}, []inImage{srv}, nil, `the exposed port "http" is none`},
		{"an owner whom it does not have", cmd, []inImage{srv}, map[string]any{"file": []map[string]any{{"content": "", "destination": "/x", "owner": "web"}}}, `owner: there is no user "web"`},
		{"a program, too", cmd, []inImage{srv}, map[string]any{"program": "x"}, "container_image brings its own program: leave out program and package"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			delete(b.options, "program")
			b.options["container_image"] = containerImage(t, test.config, test.files...)
			for name, value := range test.options {
				b.options[name] = value
			}
			if _, _, err := b.run(t.Context(), t); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
	b := newBench(t)
	b.options["entrypoint"] = []string{"/x"}
	if _, _, err := b.run(t.Context(), t); err == nil || !strings.Contains(err.Error(), "entrypoint needs container_image") {
		t.Errorf("entrypoint alone: %v", err)
	}
}

// TestOutputOverAnImage: an output does not take the place of the image.
func TestOutputOverAnImage(t *testing.T) {
	ownCache(t)
	b := newBench(t)
	path := filepath.Join(b.dir, "saved.iso")
	tag, err := name.NewTag("acme/srv")
	if err != nil {
		t.Fatal(err)
	}
	image := imageOf(t, v1.Config{Cmd: []string{"/srv"}}, inImage{"srv", static(t), 0o755})
	if err := tarball.WriteToFile(path, tag, image); err != nil {
		t.Fatal(err)
	}
	b.options["container_image"], b.options["output_iso"] = "docker-archive:"+path, path
	if _, _, err := b.run(t.Context(), t); err == nil || !strings.Contains(err.Error(), "output_iso") || !strings.Contains(err.Error(), "container_image") {
		t.Errorf("got %v", err)
	}
}
