package apktest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Repository is a repository to make.
type Repository struct {
	Branch      string // such as "v3.24"
	Arch        string
	Description string    // of the index; empty means the branch
	Built       time.Time // of the index; zero means Time
	Key         Key
	Packages    []Package
}

// Mirror is what a mirror serves: files by path, such as
// "v3.24/main/x86_64/APKINDEX.tar.gz".
type Mirror map[string][]byte

// Folder is the path of the repository on a mirror.
func (r Repository) Folder() string { return r.Branch + "/main/" + r.Arch + "/" }

// IndexPath is the path of its index on a mirror.
func (r Repository) IndexPath() string { return r.Folder() + "APKINDEX.tar.gz" }

// Mirror builds the index and the packages.
func (r Repository) Mirror() Mirror {
	m := Mirror{}
	var text strings.Builder
	for _, p := range r.Packages {
		data := p.Data()
		control := p.Control(data)
		file := slices.Concat(Sign(control, r.Key), control, data)
		m[r.Folder()+p.FileName()] = file
		if p.Arch == "noarch" {
			p.Arch = r.Arch // as apk-index(8) --rewrite-arch
		}
		text.WriteString(p.record(control, len(file)))
	}
	m[r.IndexPath()] = r.index(text.String())
	return m
}

func (r Repository) index(text string) []byte {
	if r.Description == "" {
		r.Description = r.Branch
	}
	if r.Built.IsZero() {
		r.Built = Time()
	}
	return Index(r.Built, r.Description, text, r.Key)
}

// Index returns an APKINDEX.tar.gz of a text, signed with the keys.
func Index(built time.Time, description, text string, keys ...Key) []byte {
	signed := Gzip(tarAt(built, true, nil, []File{
		{Path: "DESCRIPTION", Content: []byte(description)},
		{Path: "APKINDEX", Content: []byte(text)},
	}))
	return append(Sign(signed, keys...), signed...)
}

// ServeHTTP serves the files, with ranges and conditions as a mirror does.
func (m Mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, ok := m[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(content)))
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// Write puts the files into a folder, for a file URL.
func (m Mirror) Write(dir string) error {
	for name, content := range m {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
