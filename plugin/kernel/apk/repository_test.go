package apk_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
)

const virtPath = "v3.24/main/x86_64/linux-virt-6.18.54-r0.apk"

func TestGet(t *testing.T) {
	syslinux := apktest.Package{Name: "syslinux", Version: "6.04_pre1-r15", Arch: "x86_64", Files: []apktest.File{{Path: "usr/share/syslinux/isolinux.bin"}}}
	firmware := apktest.Package{Name: "linux-firmware-none", Version: "20261111-r0", Arch: "noarch"}
	mirror := repository(linuxVirt("6.18.54-r0"), syslinux, firmware).Mirror()
	count := 0
	r, _ := client(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		count++
		mirror.ServeHTTP(w, q)
	}))+"/")
	for name, version := range map[string]string{"linux-virt": "6.18.54-r0", "syslinux": "6.04_pre1-r15", "linux-firmware-none": "20261111-r0"} {
		p, err := r.Get(background, name, "")
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != name || p.Version != version {
			t.Errorf("got %s, want %s-%s", p, name, version)
		}
	}
	if count != 4 {
		t.Errorf("%d requests, want 4: the index once, and three packages", count)
	}
	if _, err := again(r).Get(background, "linux-virt", ""); err != nil {
		t.Fatal(err)
	}
	if count != 5 {
		t.Errorf("%d requests, want 5: with a warm cache only for the index", count)
	}
	r = again(r)
	r.Cache.Offline = true
	p, err := r.Get(background, "linux-virt", "")
	if err != nil {
		t.Fatal(err)
	}
	if files, err := p.Extract(all); err == nil || files != nil {
		t.Error("the link among the files was extracted")
	}
	if count != 5 {
		t.Errorf("%d requests, want 5: none while offline", count)
	}
}

func TestGetFromFiles(t *testing.T) {
	dir := t.TempDir()
	if err := repository(linuxVirt("6.18.54-r0")).Mirror().Write(dir); err != nil {
		t.Fatal(err)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}
	if runtime.GOOS == "windows" {
		u.Path = "/" + u.Path
	}
	r, _ := client(t, u.String())
	r.Cache.Offline = true
	if p, err := r.Get(background, "linux-virt", ""); err != nil || p.Version != "6.18.54-r0" {
		t.Errorf("got %v, %v", p, err)
	}
}

// What a mirror, or who stands before it, can do; each time nothing of it may
// be taken, and what is said must name the file and the fault.
func TestFaults(t *testing.T) {
	good := func() apktest.Mirror {
		return repository(linuxVirt("6.18.54-r0"), apktest.Package{Name: "older", Version: "1-r0", Arch: "x86_64"}).Mirror()
	}
	index, file := good()["v3.24/main/x86_64/APKINDEX.tar.gz"], good()[virtPath]
	part, indexPart := members(t, file, 3), members(t, index, 2)
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	stranger := repository(linuxVirt("6.18.54-r0"))
	stranger.Key = otherKey()
	aarch64 := repository(linuxVirt("6.18.54-r0"))
	aarch64.Arch = "aarch64"
	aarch64.Packages[0].Arch = "aarch64"
	rebuilt := linuxVirt("6.18.54-r0")
	rebuilt.Info = []string{"commit = 123"}
	const indexPath = "v3.24/main/x86_64/APKINDEX.tar.gz"
	tests := []struct {
		name    string
		replace apktest.Mirror // nil removes
		want    []string
	}{
		{"index truncated", apktest.Mirror{indexPath: index[:len(index)-100]}, []string{"fetching APKINDEX.tar.gz", "unexpected EOF"}},
		{"index damaged", apktest.Mirror{indexPath: join(indexPart[0], damaged(indexPart[1]))}, []string{"APKINDEX.tar.gz", "reading the part that is signed"}},
		{"index's signatures damaged", apktest.Mirror{indexPath: join(damaged(indexPart[0]), indexPart[1])}, []string{"APKINDEX.tar.gz"}},
		{"index a stranger's", apktest.Mirror{indexPath: stranger.Mirror()[indexPath]}, []string{"signed with stranger@example.com-2.rsa.pub"}},
		{"index of another architecture", apktest.Mirror{indexPath: aarch64.Mirror()[aarch64.IndexPath()]}, []string{"architecture of linux-virt is aarch64, expected is x86_64"}},
		{"index v3", apktest.Mirror{indexPath: []byte("ADBc....")}, []string{"APKINDEX.tar.gz", "apk v3 format", "apk extract"}},
		{"no index", apktest.Mirror{indexPath: nil}, []string{`no Alpine branch "v3.24" for "x86_64" on the mirror http`}},
		{"package truncated", apktest.Mirror{virtPath: file[:len(file)-100]}, []string{"linux-virt-6.18.54-r0.apk", "its files are damaged"}},
		{"package's signatures damaged", apktest.Mirror{virtPath: join(damaged(part[0]), part[1], part[2])}, []string{"linux-virt-6.18.54-r0.apk: http"}},
		{"package's control damaged", apktest.Mirror{virtPath: join(part[0], damaged(part[1]), part[2])}, []string{"linux-virt-6.18.54-r0.apk"}},
		{"package's files damaged", apktest.Mirror{virtPath: join(part[0], part[1], damaged(part[2]))}, []string{"its files are damaged"}},
		{"package a stranger's", apktest.Mirror{virtPath: stranger.Mirror()[virtPath]}, []string{"which is not among the trusted keys"}},
		{"package swapped", apktest.Mirror{virtPath: linuxVirt("6.18.9-r0").Build(ownKey())}, []string{"linux-virt-6.18.54-r0.apk", "its version is 6.18.9-r0, expected is 6.18.54-r0"}},
		{"another package", apktest.Mirror{virtPath: apktest.Package{Name: "older", Version: "1-r0", Arch: "x86_64"}.Build(ownKey())}, []string{"its name is older, expected is linux-virt"}},
		{"package rebuilt", apktest.Mirror{virtPath: rebuilt.Build(ownKey())}, []string{"linux-virt-6.18.54-r0.apk"}},
		{"package larger", apktest.Mirror{virtPath: append(file[:len(file):len(file)], make([]byte, 1000)...)}, []string{"its files are damaged"}},
		{"package endless", apktest.Mirror{virtPath: append(file[:len(file):len(file)], make([]byte, 2<<20)...)}, []string{"more than the"}},
		{"package v3", apktest.Mirror{virtPath: []byte("ADBd....")}, []string{"linux-virt-6.18.54-r0.apk", "apk v3 format"}},
		{"package gone after the index was read", apktest.Mirror{virtPath: nil}, []string{"names linux-virt 6.18.54-r0 in its index but does not have the file", "use another mirror"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mirror := good()
			for path, content := range tt.replace {
				mirror[path] = content
				if content == nil {
					delete(mirror, path)
				}
			}
			r, _ := client(t, serve(t, mirror))
			p, err := r.Get(background, "linux-virt", "")
			wantError(t, err, tt.want...)
			if p != nil {
				t.Errorf("with the error came the package %s", p)
			}
			// The mirror is mended: what it served before does no harm.
			r = again(r)
			r.Mirror = serve(t, good())
			if p, err = r.Get(background, "linux-virt", ""); err != nil || p.Version != "6.18.54-r0" {
				t.Errorf("from a good mirror came %v, %v", p, err)
			}
		})
	}
}

// A mirror that is slow, breaks off and sends in circles.
func TestNetworkFaults(t *testing.T) {
	mirror := repository(linuxVirt("6.18.54-r0")).Mirror()
	tries := map[string]int{}
	faulty := func(w http.ResponseWriter, q *http.Request) {
		tries[q.URL.Path]++
		switch tries[q.URL.Path] {
		case 1:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			<-q.Context().Done() // until the client has had enough
		case 3:
			w.Header().Set("Content-Length", strconv.Itoa(len(mirror[q.URL.Path[1:]])))
			w.Write(mirror[q.URL.Path[1:]][:100])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			mirror.ServeHTTP(w, q)
		}
	}
	r, _ := client(t, serve(t, http.HandlerFunc(faulty)))
	if p, err := r.Get(background, "linux-virt", ""); err != nil || p.Version != "6.18.54-r0" {
		t.Errorf("got %v, %v", p, err)
	}

	r, _ = client(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if strings.HasSuffix(q.URL.Path, ".apk") {
			http.Redirect(w, q, "again-"+filepath.Base(q.URL.Path), http.StatusFound)
			return
		}
		mirror.ServeHTTP(w, q)
	})))
	_, err := r.Get(background, "linux-virt", "")
	wantError(t, err, "linux-virt-6.18.54-r0.apk", "redirects in a circle")

	ctx, cancel := context.WithCancel(background)
	r, _ = client(t, serve(t, http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { cancel(); <-q.Context().Done() })))
	if _, err := r.Get(ctx, "linux-virt", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want %v", err, context.Canceled)
	}
}

// A version once fetched stays usable when the mirror has moved on, and also
// without a network; one that was never fetched is explained.
func TestPinnedVersion(t *testing.T) {
	mirror := repository(linuxVirt("6.18.48-r0")).Mirror()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { mirror.ServeHTTP(w, q) }))
	r, _ := client(t, s)
	if p, err := r.Get(background, "linux-virt", "6.18.48-r0"); err != nil || p.Version != "6.18.48-r0" {
		t.Fatalf("got %v, %v", p, err)
	}
	next := repository(linuxVirt("6.18.54-r0"))
	next.Built = apktest.Time().Add(time.Hour)
	mirror = next.Mirror()
	for _, offline := range []bool{false, true} {
		r = again(r)
		r.Cache.Offline = offline
		if p, err := r.Get(background, "linux-virt", "6.18.48-r0"); err != nil || p.Version != "6.18.48-r0" {
			t.Errorf("offline %v: got %v, %v", offline, p, err)
		}
	}
	_, err := r.Get(background, "linux-virt", "6.18.50-r0")
	var offline *fetch.OfflineError
	if !errors.As(err, &offline) {
		t.Errorf("the error is %v, want an OfflineError", err)
	}
	r.Cache.Offline = false
	_, err = r.Get(background, "linux-virt", "6.18.50-r0")
	var gone *apk.GoneError
	if !errors.As(err, &gone) || gone.Newest != "6.18.54-r0" {
		t.Errorf("the error is %v, want a GoneError with the newest version", err)
	}
	wantError(t, err, "does not have linux-virt 6.18.50-r0 any more", "keep only the newest build", "Take 6.18.54-r0")
	_, err = r.Get(background, "linux-virtual", "")
	wantError(t, err, "has no package linux-virtual")

	// It is in no index, but on the mirror.
	for path, content := range repository(linuxVirt("6.18.50-r0")).Mirror() {
		if strings.HasSuffix(path, ".apk") {
			mirror[path] = content
		}
	}
	if p, err := r.Get(background, "linux-virt", "6.18.50-r0"); err != nil || p.Version != "6.18.50-r0" {
		t.Errorf("got %v, %v", p, err)
	}
	mirror["v3.24/main/x86_64/linux-virt-6.18.51-r0.apk"] = linuxVirt("6.18.50-r0").Build(ownKey())
	_, err = r.Get(background, "linux-virt", "6.18.51-r0")
	wantError(t, err, "its version is 6.18.50-r0, expected is 6.18.51-r0")
}

func TestDowngradeWarning(t *testing.T) {
	old, now := repository(linuxVirt("6.18.9-r0")), repository(linuxVirt("6.18.54-r0"))
	old.Built, old.Description = apktest.Time().AddDate(0, -1, 0), "v3.24.1-5"
	now.Description = "v3.24.2-7"
	r, warnings := client(t, serve(t, old.Mirror()))
	for _, mirror := range []apktest.Repository{old, now, now} {
		r = again(r)
		r.Mirror = serve(t, mirror.Mirror())
		if _, err := r.Index(background); err != nil || len(*warnings) != 0 {
			t.Fatalf("%v, warnings %q", err, *warnings)
		}
	}
	r = again(r)
	r.Mirror = serve(t, old.Mirror())
	if _, err := r.Index(background); err != nil {
		t.Fatal(err)
	}
	if len(*warnings) != 1 || !strings.Contains((*warnings)[0], r.Mirror) ||
		!strings.Contains((*warnings)[0], "is older (v3.24.1-5, 2026-10-01) than one seen before (v3.24.2-7, 2026-11-01)") {
		t.Errorf("warnings: %q", *warnings)
	}
}

// A damaged cache is noticed and mended.
func TestDamagedCache(t *testing.T) {
	r, _ := client(t, serve(t, repository(linuxVirt("6.18.54-r0")).Mirror()))
	for range 2 {
		if p, err := again(r).Get(background, "linux-virt", ""); err != nil || p.Version != "6.18.54-r0" {
			t.Fatalf("got %v, %v", p, err)
		}
		entries, err := filepath.Glob(filepath.Join(r.Cache.Dir, "sha256", "*"))
		if err != nil || len(entries) != 2 {
			t.Fatalf("%q, %v: want the index and the package", entries, err)
		}
		for _, entry := range entries {
			b, err := os.ReadFile(entry)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(entry, damaged(b), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestRepositoryErrors(t *testing.T) {
	tests := []struct {
		branch, arch, section, name, version, want string
	}{
		{"../edge", "x86_64", "", "a", "", `"../edge" is not the name of an Alpine branch`},
		{"", "x86_64", "", "a", "", `"" is not the name of an Alpine branch`},
		{"edge", "x86/64", "", "a", "", `"x86/64" is not the name of an Alpine architecture`},
		{"edge", "x86_64", "..", "a", "", `".." is not the name of a section`},
		{"edge", "x86_64", "", "../a", "", `"../a" is not the name of a package`},
		{"edge", "x86_64", "", "a", "newest", `"newest" is not a version of a package: Alpine's are like 6.18.54-r0`},
	}
	for _, tt := range tests {
		r, _ := client(t, "http://127.0.0.1:1")
		r.Branch, r.Arch, r.Section = tt.branch, tt.arch, tt.section
		_, err := r.Get(background, tt.name, tt.version)
		wantError(t, err, tt.want)
	}
}
