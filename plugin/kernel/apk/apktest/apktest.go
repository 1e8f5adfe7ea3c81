// Package apktest makes packages, indexes and whole repositories in Alpine's
// format, signed with keys of its own, for tests that have no mirror.
//
// What it makes follows abuild, abuild-tar and apk-index as of Alpine 3.16 to
// 3.24: gzip members, tar archives without an end but in the last member, pax
// headers with checksums, and the fields' names and order.
package apktest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"fmt"
	"path"
	"time"
)

// File is a file of a package: a link if Link is set, else regular.
type File struct {
	Path    string
	Content []byte
	Link    string
}

// Time is when everything is made, unless it is said.
func Time() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) }

// Gzip compresses to one member.
func Gzip(content []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	must(z.Write(content))
	check(z.Close())
	return b.Bytes()
}

// Tar returns an archive of the files, with or without the blocks that end it.
func Tar(end bool, files ...File) []byte { return tarAt(Time(), end, nil, files) }

// tarWithFolders is as abuild packs a package's files: each folder before what
// is in it, and a checksum on each file.
func tarWithFolders(files []File) []byte {
	var all []File
	done := map[string]bool{".": true, "/": true}
	var parents func(string)
	parents = func(dir string) {
		if !done[dir] {
			done[dir] = true
			parents(path.Dir(dir))
			all = append(all, File{Path: dir + "/"})
		}
	}
	for _, f := range files {
		parents(path.Dir(f.Path))
		all = append(all, f)
	}
	return tarAt(Time(), true, func(f File) map[string]string {
		return map[string]string{"APK-TOOLS.checksum.SHA1": fmt.Sprintf("%x", sha1.Sum(f.Content))}
	}, all)
}

func tarAt(at time.Time, end bool, pax func(File) map[string]string, files []File) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.Path, Mode: 0o644, ModTime: at, Size: int64(len(f.Content)), Uname: "root", Gname: "root"}
		switch {
		case f.Path[len(f.Path)-1] == '/':
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		case f.Link != "":
			h.Typeflag, h.Linkname, h.Mode, h.Size = tar.TypeSymlink, f.Link, 0o777, 0
		default:
			h.Typeflag = tar.TypeReg
			if pax != nil {
				h.PAXRecords = pax(f)
			}
		}
		check(w.WriteHeader(h))
		if h.Size > 0 {
			must(w.Write(f.Content))
		}
	}
	if end {
		check(w.Close())
	} else {
		check(w.Flush())
	}
	return b.Bytes()
}

// must and check panic: what they look at cannot fail in memory.
func must(_ int, err error) { check(err) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}
