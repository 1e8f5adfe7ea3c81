package container

import (
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	served "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pushed is an image of a layout, in a registry and in a file of docker save's form, by
// another's writers.
func pushed(t *testing.T, host, tag string, files ...file) (image v1.Image, ref, saved string) {
	t.Helper()
	b := newBuild(t).layers(files)
	d := b.described()
	b.indexed(d)
	p, err := layout.FromPath(b.dir)
	if err != nil {
		t.Fatal(err)
	}
	if image, err = p.Image(d.Digest); err != nil {
		t.Fatal(err)
	}
	name, err := name.NewTag(host + "/acme/srv:" + tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(name, image); err != nil {
		t.Fatal(err)
	}
	saved = filepath.Join(t.TempDir(), "saved.tar")
	if err := tarball.WriteToFile(saved, name, image); err != nil {
		t.Fatal(err)
	}
	return image, name.String(), saved
}

// TestSources: one image from a registry, a layout and docker save is one tree.
func TestSources(t *testing.T) {
	server := httptest.NewServer(served.New(served.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	image, ref, saved := pushed(t, host, "v1", folder("d"), regular("d/a", "a"))
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	id, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	cache := newCache(t)
	const want = "drwxr-xr-x 0:0 /d\n-rw-r--r-- 0:0 /d/a \"a\"\n"
	fixed := host + "/acme/srv@" + digest.String()
	for reference, digest := range map[string]string{ref: digest.String(), fixed: digest.String(), "docker-archive:" + saved: id.String()} {
		got, tree, err := open(t, cache, reference)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, listing(t, tree.Entries())); diff != "" || got.Digest != digest {
			t.Errorf("%s: %s, want %s\n%s", reference, got.Digest, digest, diff)
		}
		if LocalPath(reference) != strings.TrimPrefix(reference, "docker-archive:") && strings.HasPrefix(reference, "docker") {
			t.Errorf("the file is %s", LocalPath(reference))
		}
	}

	t.Run("a tag that moves", func(t *testing.T) {
		first, _, err := open(t, cache, ref)
		if err != nil {
			t.Fatal(err)
		}
		if before := first.Before(t.Context()); before != "" {
			t.Errorf("before the first bake it was %s", before)
		}
		if err := first.Remember(); err != nil {
			t.Fatal(err)
		}
		pushed(t, host, "v1", regular("b", "b"))
		second, _, err := open(t, cache, ref)
		if err != nil {
			t.Fatal(err)
		}
		if before := second.Before(t.Context()); before != first.Digest || before == second.Digest {
			t.Errorf("it was %s, and is %s; want %s before", before, second.Digest, first.Digest)
		}
	})
	t.Run("not there", func(t *testing.T) {
		_, _, err := open(t, cache, host+"/acme/srv:v2")
		if err == nil || !strings.Contains(err.Error(), "has no v2: check the name and the tag") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a digest needs no registry", func(t *testing.T) {
		server.Close()
		if _, tree, err := open(t, cache, fixed); err != nil || len(tree.Entries()) != 2 {
			t.Errorf("got %v", err)
		}
		if _, _, err := open(t, cache, ref); err == nil || !strings.Contains(err.Error(), "asking the registry "+host) {
			t.Errorf("got %v", err)
		}
	})
}

// TestIndex: of the images in an index, that of the machine's architecture.
func TestIndex(t *testing.T) {
	b := newBuild(t)
	var all []v1.Descriptor
	for _, p := range []v1.Platform{{OS: "unknown", Architecture: "unknown"}, {OS: "linux", Architecture: "arm64", Variant: "v8"}, {OS: "linux", Architecture: "amd64", Variant: "v3"},
		{OS: "linux", Architecture: "amd64"}} {
		one := &build{t: t, dir: b.dir, config: b.config, manifest: b.manifest}
		one.config.Architecture, one.config.Author = p.Architecture, p.Variant
		one.layers([]file{regular(p.Architecture+p.Variant, "")})
		d := one.described()
		d.Platform = &p
		all = append(all, d)
	}
	reference := b.indexed(b.blob(types.OCIImageIndex, b.json(v1.IndexManifest{Manifests: all})))
	for arch, want := range map[string]string{"amd64": "/amd64", "arm64": "/arm64v8"} {
		image, err := Open(t.Context(), newCache(t), reference, arch)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := image.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := tree.Entries(); len(got) != 1 || got[0].Path != want {
			t.Errorf("%s: %v", arch, got)
		}
	}
}

func TestReferences(t *testing.T) {
	for _, good := range []string{"redis", "redis:7", "ghcr.io/acme/srv:v1", "localhost:5000/a", "a@sha256:" + strings.Repeat("0", 64), "oci:dir", "oci:dir:tag", `oci:C:\dir:tag`, "docker-archive:a.tar"} {
		if err := CheckReference(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"": "is no image's name", "Redis": "is no image's name", "a b": "is no image's name", "a@sha256:0": "is no image's name", "https://a/b": "is no image's name",
		"oci:": "write oci:DIR or oci:DIR:TAG", "docker-archive:": "write docker-archive:FILE.tar",
	} {
		if err := CheckReference(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestSavedByDocker: what is no file of docker save's is named.
func TestSavedByDocker(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tar")
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"no archive":     {[]byte("x"), "as docker save writes it"},
		"no manifest":    {archived(t, regular("a", "")), "as docker save writes it"},
		"several images": {archived(t, regular("manifest.json", `[{"Config":"c","RepoTags":["a:1"]},{"Config":"c","RepoTags":["b:2"]}]`)), "has 2 images (a:1, b:2)"},
		"no config":      {archived(t, regular("manifest.json", `[{"Config":"c","Layers":["l"]}]`)), "as docker save writes it"},
		"no images":      {archived(t, regular("manifest.json", `[]`)), "has 0 images"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, test.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, _, err := open(t, newCache(t), "docker-archive:"+path); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if runtime.GOOS == "windows" {
		return // which has no such device
	}
	if _, _, err := open(t, newCache(t), "docker-archive:/dev/null"); err == nil || !strings.Contains(err.Error(), "/dev/null is a device") {
		t.Errorf("a device: %v", err)
	}
}
