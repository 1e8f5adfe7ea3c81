package container

import (
	"archive/tar"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// TestBroken: each broken image is one clear error.
func TestBroken(t *testing.T) {
	good := []file{folder("d"), regular("d/a", "a")}
	damage := func(b *build, digest v1.Hash, change func([]byte) []byte) {
		name := "blobs/sha256/" + digest.Hex
		data, err := os.ReadFile(filepath.Join(b.dir, name))
		if err != nil {
			b.t.Fatal(err)
		}
		b.write(name, change(data))
	}
	one := func(f file) func(*build) string {
		return func(b *build) string { return b.layers([]file{f}).layout() }
	}
	archive := func(data []byte) func(*build) string {
		return func(b *build) string { return b.add(plain, data).layout() }
	}
	platform := func(os, arch string) func(*build) string {
		return func(b *build) string {
			b.config.OS, b.config.Architecture = os, arch
			return b.layers(good).layout()
		}
	}
	tests := []struct {
		name  string
		build func(b *build) string // returns the reference
		want  string
	}{
		{"no layout", func(b *build) string { return "oci:" + b.dir }, "is no OCI image layout: it has no index.json"},
		{"no folder", func(*build) string { return "oci:/nowhere" }, "/nowhere is no OCI image layout"},
		{"an index that is none", func(b *build) string { b.write("index.json", []byte("{")); return "oci:" + b.dir }, "reading the index of"},
		{"no image", func(b *build) string { return b.indexed() }, "has no image"},
		{"several images", func(b *build) string { d := b.layers(good).described(); return b.indexed(d, d) }, "has 2 images (latest, latest): write oci:DIR:TAG"},
		{"another tag", func(b *build) string { return b.layers(good).layout() + ":v2" }, `has no image "v2": it has latest`},
		{"no manifest", func(b *build) string { return b.indexed(v1.Descriptor{Digest: digestOf(t, nil)}) }, "lacks its blob sha256:e3b0c442"},
		{"another algorithm", func(b *build) string {
			return b.indexed(v1.Descriptor{Digest: v1.Hash{Algorithm: "sha512", Hex: strings.Repeat("0", 128)}})
		}, "is no SHA-256, which alone is read"},
		{"a manifest that is none", func(b *build) string { return b.indexed(b.blob(types.OCIManifestSchema1, []byte("[]"))) }, "the manifest is damaged"},
		{"an empty manifest", func(b *build) string { return b.indexed(b.blob(types.OCIManifestSchema1, []byte("{}"))) }, "the manifest names no configuration: is it a container image?"},
		{"a changed manifest", func(b *build) string {
			d := b.layers(good).described()
			damage(b, d.Digest, func(data []byte) []byte { return append(data, ' ') })
			return b.indexed(d)
		}, "it is not the wanted file"},
		{"a large manifest", func(b *build) string {
			return b.indexed(b.blob(types.OCIManifestSchema1, []byte(strings.Repeat(" ", maxText+1))))
		}, "it has more than the 4194304 bytes that are allowed for it"},
		{"docker's first form", func(b *build) string {
			return b.indexed(b.blob(types.DockerManifestSchema1, []byte(`{"schemaVersion":1,"fsLayers":[]}`)))
		}, "docker's first form (schema 1)"},
		{"an index of indexes", func(b *build) string {
			d := b.layers(good).described()
			for range maxIndexes {
				d = b.blob(types.OCIImageIndex, b.json(v1.IndexManifest{Manifests: []v1.Descriptor{d}}))
			}
			return b.indexed(d)
		}, "its indexes are more than 4 deep"},
		{"an index of others", func(b *build) string {
			d := b.layers(good).described()
			arm, arm64, windows := d, d, d
			arm.Platform, arm64.Platform = &v1.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}, &v1.Platform{OS: "linux", Architecture: "arm64"}
			windows.Platform = &v1.Platform{OS: "windows", Architecture: "amd64"}
			return b.indexed(b.blob(types.OCIImageIndex, b.json(v1.IndexManifest{Manifests: []v1.Descriptor{arm, arm64, windows}})))
		}, "there is no image for linux/amd64, only for linux/arm/v7, linux/arm64, windows/amd64"},
		{"another architecture", platform("linux", "arm64"), "the image is for linux/arm64, the machine is linux/amd64"},
		{"another system", platform("windows", "amd64"), "the image is for windows/amd64, the machine is linux/amd64"},
		{"a configuration that is none", func(b *build) string {
			b.manifest.Config = b.blob(types.OCIConfigJSON, []byte("no"))
			return b.indexed(b.blob(types.OCIManifestSchema1, b.json(b.manifest)))
		}, "the configuration: it is damaged"},
		{"no layer type", func(b *build) string { b.config.RootFS.Type = "vhd"; return b.layers(good).layout() }, `its root is of the type "vhd"`},
		{"a layer too few", func(b *build) string { b.layers(good); b.manifest.Layers = nil; return b.layout() }, "the manifest has 0 layers, the configuration 1"},
		{"an artifact", func(b *build) string {
			b.layers(good)
			b.manifest.Layers[0].MediaType = "application/vnd.cncf.helm.chart"
			return b.layout()
		}, "which is no archive of files: is it a container image?"},
		{"a foreign layer", func(b *build) string {
			b.layers(good)
			b.manifest.Layers[0].MediaType = types.DockerForeignLayer
			return b.layout()
		}, "is not with the image but elsewhere"},
		{"a layer of a URL", func(b *build) string {
			b.layers(good)
			b.manifest.Layers[0].URLs = []string{"http://127.0.0.1/"}
			return b.layout()
		}, "is not with the image but elsewhere"},
		{"no layer", func(b *build) string {
			b.layers(good)
			if err := os.Remove(filepath.Join(b.dir, "blobs/sha256", b.manifest.Layers[0].Digest.Hex)); err != nil {
				t.Fatal(err)
			}
			return b.layout()
		}, "it was not copied whole"},
		{"a changed layer", func(b *build) string {
			b.layers(good)
			damage(b, b.manifest.Layers[0].Digest, func(data []byte) []byte { data[0] = 'x'; return data })
			return b.layout()
		}, "what holds the image is damaged"},
		{"a cut layer", func(b *build) string {
			b.add(gzipped, archived(t, good...))
			damage(b, b.manifest.Layers[0].Digest, func(data []byte) []byte { return data[:len(data)/2] })
			return b.layout()
		}, "what holds the image is damaged"},
		{"a layer that does not unpack", func(b *build) string {
			b.config.RootFS.DiffIDs = []v1.Hash{digestOf(t, nil)}
			b.manifest.Layers = []v1.Descriptor{b.blob(types.OCILayer, []byte("\x1f\x8bno"))}
			return b.layout()
		}, "reading gzip"},
		{"another layer than the configuration's", func(b *build) string {
			b.layers(good)
			b.config.RootFS.DiffIDs[0] = digestOf(t, []byte("x"))
			return b.layout()
		}, "it is not the wanted file"},
		{"no archive", archive([]byte(strings.Repeat("x", 1024))), "reading the tar archive: archive/tar: invalid tar header"},
		{"an archive that ends in a file", archive(archived(t, regular("a", strings.Repeat("x", 4096)))[:1024]), "a: the archive ends in the middle of it"},
		{"..", one(regular("../a", "")), `the path "../a" leads out of the image's root`},
		{".. in the middle", one(regular("a/../../b", "")), "leads out of the image's root"},
		{".. at the front of an absolute path", one(regular("/../b", "")), "leads out of the image's root"},
		{"a hard link out", one(hardlink("a", "../../etc/shadow")), `/a: the path "../../etc/shadow" leads out of the image's root`},
		{"a hard link to nothing", one(hardlink("a", "b")), "/a is a hard link to /b: that is not there"},
		{"a hard link to a folder", func(b *build) string { return b.layers([]file{folder("b"), hardlink("a", "b")}).layout() }, "/a is a hard link to /b: that is a folder"},
		{"below a file", func(b *build) string { return b.layers([]file{regular("a", ""), regular("a/b/c", "")}).layout() }, "/a/b/c: /a is no folder"},
		{"a circle of links", func(b *build) string {
			return b.layers([]file{symlink("a", "b"), symlink("b", "a"), regular("a/c", "")}).layout()
		}, "leads through more than 40 symbolic links"},
		{"a long path", one(regular(strings.Repeat("abcdefg/", 600)+"x", "")), "has more than 4095 bytes"},
		{"a link to nowhere", one(symlink("a", "")), "it is a symbolic link whose target has 0 bytes"},
		{"an owner that is none", one(regular("a", "").owned(1<<32-1, 0)), "/a: its owner has the number 4294967295, which no system has"},
		{"a device that is none", one(file{Header: tar.Header{Typeflag: tar.TypeChar, Name: "a", Devmajor: 4096}}), "/a: it is a device with the numbers 4096, 0"},
		{"another type", one(file{Header: tar.Header{Typeflag: 'S' - 1, Name: "a"}}), "of the type 'R', which no layer has"},
		{"a sparse file", archive(sparseArchive(t)), "/a: it is stored as a sparse file, which layers must not have"},
		{"a whiteout of no name", one(regular("d/.wh.", "")), "/d/.wh. takes away no file"},
		{"a whiteout of the folder above", one(regular("d/.wh...", "")), "/d/.wh... takes away no file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBuild(t)
			cache := newCache(t)
			_, _, err := open(t, cache, test.build(b))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			if left, _ := filepath.Glob(filepath.Join(cache.Dir, "partial", "*.part")); len(left) > 0 {
				t.Errorf("left behind: %s", left)
			}
		})
	}
	t.Logf("%d broken images", len(tests))
}

// sparseArchive has a file as tar --sparse writes it (tar(1), GNU format).
func sparseArchive(t *testing.T) []byte {
	data := archived(t, regular("a", strings.Repeat("x", 512)).with(func(h *tar.Header) { h.Format = tar.FormatGNU }))
	header := data[:512]
	header[156] = tar.TypeGNUSparse
	copy(header[386:], "00000000000\x0000000001000\x00") // where the one piece is, and its size
	copy(header[483:], "00000001000\x00")                // the file's size
	copy(header[148:], "        ")
	sum := 0
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
	return data
}

// TestBomb: what unpacks to more than it may is given up on the way.
func TestBomb(t *testing.T) {
	b := newBuild(t)
	b.add(zstandard, make([]byte, 8<<20))
	image, err := Open(t.Context(), newCache(t), b.layout(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	_, err = image.store.layer(t.Context(), image.layers[0], 1<<20)
	if err == nil || !strings.Contains(err.Error(), "the layers have more than 4 GiB when they are unpacked") {
		t.Errorf("got %v", err)
	}
}
