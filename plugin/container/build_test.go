package container

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
)

// file is one entry of a layer.
type file struct {
	tar.Header
	body string
}

func regular(name, body string) file {
	return file{tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(body))}, body}
}

func folder(name string) file {
	return file{Header: tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755}}
}

func symlink(name, target string) file {
	return file{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}}
}

func hardlink(name, target string) file {
	return file{Header: tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, Mode: 0o644}}
}

// with changes an entry's header.
func (f file) with(change func(h *tar.Header)) file {
	change(&f.Header)
	return f
}

func (f file) owned(uid, gid int) file {
	return f.with(func(h *tar.Header) { h.Uid, h.Gid = uid, gid })
}

func (f file) mode(mode int64) file { return f.with(func(h *tar.Header) { h.Mode = mode }) }

// archived is a tar archive, changed at one time.
func archived(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if f.ModTime.IsZero() {
			f.ModTime = time.Unix(1_700_000_000, 0)
		}
		if err := w.WriteHeader(&f.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// build is an image that becomes an OCI layout.
type build struct {
	t        testing.TB
	dir      string
	config   v1.ConfigFile
	manifest v1.Manifest
}

func newBuild(t testing.TB) *build {
	b := &build{t: t, dir: t.TempDir()}
	b.config = v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}, Config: v1.Config{Cmd: []string{"/srv"}}}
	b.manifest = v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1}
	b.write("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	return b
}

func (b *build) write(name string, data []byte) {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// blob writes a blob and returns its descriptor.
func (b *build) blob(kind types.MediaType, data []byte) v1.Descriptor {
	b.t.Helper()
	digest := digestOf(b.t, data)
	b.write("blobs/sha256/"+digest.Hex, data)
	return v1.Descriptor{MediaType: kind, Digest: digest, Size: int64(len(data))}
}

func digestOf(t testing.TB, data []byte) v1.Hash {
	t.Helper()
	digest, _, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func (b *build) json(value any) []byte {
	b.t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

func plain(b []byte) (types.MediaType, []byte) { return types.OCIUncompressedLayer, b }

func gzipped(b []byte) (types.MediaType, []byte) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write(b)
	_ = w.Close()
	return types.OCILayer, z.Bytes()
}

func zstandard(b []byte) (types.MediaType, []byte) {
	w, _ := zstd.NewWriter(nil)
	return types.OCILayerZStd, w.EncodeAll(b, nil)
}

// add adds a layer.
func (b *build) add(pack func([]byte) (types.MediaType, []byte), archive []byte) *build {
	b.t.Helper()
	b.config.RootFS.DiffIDs = append(b.config.RootFS.DiffIDs, digestOf(b.t, archive))
	b.manifest.Layers = append(b.manifest.Layers, b.blob(pack(archive)))
	return b
}

// layers adds layers of entries.
func (b *build) layers(all ...[]file) *build {
	b.t.Helper()
	packs := []func([]byte) (types.MediaType, []byte){plain, gzipped, zstandard}
	for i, files := range all {
		b.add(packs[i%len(packs)], archived(b.t, files...))
	}
	return b
}

// described writes the configuration and the manifest.
func (b *build) described() v1.Descriptor {
	b.t.Helper()
	b.manifest.Config = b.blob(types.OCIConfigJSON, b.json(b.config))
	d := b.blob(types.OCIManifestSchema1, b.json(b.manifest))
	d.Annotations = map[string]string{refName: "latest"}
	return d
}

// indexed writes index.json and returns the reference to the layout.
func (b *build) indexed(manifests ...v1.Descriptor) string {
	b.t.Helper()
	b.write("index.json", b.json(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: manifests}))
	return "oci:" + b.dir
}

// layout writes the image.
func (b *build) layout() string {
	b.t.Helper()
	return b.indexed(b.described())
}

func newCache(t testing.TB) *fetch.Cache { return &fetch.Cache{Dir: t.TempDir()} }

// open reads an image and its layers.
func open(t testing.TB, cache *fetch.Cache, reference string) (*Image, *Tree, error) {
	image, err := Open(t.Context(), cache, reference, "amd64")
	if err != nil {
		return nil, nil, err
	}
	tree, err := image.Tree(t.Context())
	return image, tree, err
}
