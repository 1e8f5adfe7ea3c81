package apk_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk/apktest"
)

func all(string) bool  { return true }
func none(string) bool { return false }

func TestReadPackage(t *testing.T) {
	file := linuxVirt("6.18.54-r0").Build(ownKey())
	p, err := apk.ReadPackage(file, trust(t, ownKey()))
	if err != nil {
		t.Fatal(err)
	}
	want := apk.Info{
		Name: "linux-virt", Version: "6.18.54-r0", Arch: "x86_64", Description: "The package linux-virt",
		URL: "https://example.com/linux-virt", License: "GPL-2.0-only", Origin: "linux-virt", Built: apktest.Time(),
	}
	if diff := cmp.Diff(want, p.Info); diff != "" {
		t.Error(diff)
	}
	if p.Size != int64(len(file)) || p.Signer != ownKey().Name {
		t.Errorf("size %d, signer %s; want %d, %s", p.Size, p.Signer, len(file), ownKey().Name)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(file)); p.SHA256() != want {
		t.Errorf("SHA-256 %s, want %s", p.SHA256(), want)
	}
	files, err := p.Extract(func(path string) bool {
		return strings.HasPrefix(path, "boot/v") || strings.HasSuffix(path, "kernel.release")
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFiles := map[string][]byte{
		"boot/vmlinuz-virt":                    []byte("the kernel"),
		"usr/share/kernel/virt/kernel.release": []byte("6.18.54-0-virt\n"),
	}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Error(diff)
	}
}

func TestSignatures(t *testing.T) {
	with := func(k apktest.Key, algorithm string) apktest.Key { k.Algorithm = algorithm; return k }
	p := linuxVirt("6.18.54-r0")
	impostor := otherKey()
	impostor.Name = ownKey().Name
	ownPath := ownKey()
	ownPath.Name = "../" + ownPath.Name
	tests := []struct {
		name string
		keys []apktest.Key
		want string // the error, or nothing
	}{
		{"RSA", []apktest.Key{with(ownKey(), "RSA")}, ""},
		{"RSA256", []apktest.Key{with(ownKey(), "RSA256")}, ""},
		{"RSA512", []apktest.Key{with(ownKey(), "RSA512")}, ""},
		{"one of two", []apktest.Key{otherKey(), ownKey()}, ""},
		{"one good, one wrong", []apktest.Key{impostor, ownKey()}, ""},
		{"nobody", nil, "it is not signed"},
		{"a stranger", []apktest.Key{otherKey()}, "signed with stranger@example.com-2.rsa.pub, which is not among the trusted keys"},
		{"a stranger under a trusted name", []apktest.Key{impostor}, "its signature is wrong"},
		{"a key named by a path", []apktest.Key{ownPath}, "which is not among the trusted keys"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := apk.ReadPackage(p.Build(tt.keys...), trust(t, ownKey()))
			if tt.want != "" {
				wantError(t, err, tt.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	var untrusted *apk.UntrustedError
	if _, err := apk.ReadPackage(slices.Concat(p.Control(p.Data()), p.Data()), trust(t, ownKey())); !errors.As(err, &untrusted) || len(untrusted.Signers) != 0 {
		t.Errorf("a package without signatures: %v, want an UntrustedError without signers", err)
	}
}

// Each byte counts: a bit that flips anywhere is told, or changes nothing.
func TestDamage(t *testing.T) {
	good := linuxVirt("6.18.54-r0").Build(ownKey())
	keys := trust(t, ownKey())
	m := members(t, good, 3)
	first, second := len(m[0]), len(m[0])+len(m[1])
	for i := range good {
		file := slices.Clone(good)
		file[i] ^= 0x10
		p, err := apk.ReadPackage(file, keys)
		switch {
		case i >= first && err == nil:
			t.Fatalf("byte %d of the %d that are signed or hashed has changed, and it was not seen", i, len(good)-first)
		case i >= second && !strings.Contains(err.Error(), "files are damaged"):
			t.Fatalf("byte %d of the files has changed: %v", i, err)
		case err == nil && p.String() != "linux-virt-6.18.54-r0":
			t.Fatalf("byte %d: %s", i, p)
		}
	}
	for n := range good {
		if _, err := apk.ReadPackage(good[:n], keys); err == nil {
			t.Fatalf("the first %d of %d bytes pass", n, len(good))
		}
	}
}

// Parts that are fine each by itself, put together wrongly.
func TestAssembly(t *testing.T) {
	p := linuxVirt("6.18.54-r0")
	data, other := p.Data(), linuxVirt("6.18.55-r0").Build(ownKey())
	control := p.Control(data)
	signature := apktest.Sign(control, ownKey())
	otherMembers := members(t, other, 3)
	tar := func(files ...apktest.File) []byte { return apktest.Gzip(apktest.Tar(false, files...)) }
	signed := func(control []byte) []byte { return slices.Concat(apktest.Sign(control, ownKey()), control, data) }
	info := func(lines ...string) apktest.File {
		return apktest.File{Path: ".PKGINFO", Content: []byte(strings.Join(lines, "\n") + "\n")}
	}
	const hash = "datahash = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	noHash := linuxVirt("6.18.54-r0")
	twice := linuxVirt("6.18.54-r0")
	twice.Info = []string{"pkgver = 6.18.99-r0"}
	tests := []struct {
		name string
		file []byte
		want string
	}{
		{"files of another package", slices.Concat(signature, control, append(apktest.Gzip([]byte("x")), data...)), "files are damaged"},
		{"something behind the files", slices.Concat(signature, control, data, []byte("more")), "files are damaged"},
		{"control of another package", slices.Concat(signature, otherMembers[1], data), "signature is wrong"},
		{"no files", slices.Concat(signature, control), "files are damaged"},
		{"no control", signature, "reading the part that is signed: EOF"},
		{"control first", slices.Concat(control, signature, data), "it is not signed"},
		{"no datahash", signed(tar(info("pkgname = "+noHash.Name, "pkgver = 1"))), "no SHA-256 of the files"},
		{"short datahash", signed(tar(info("pkgname = a", "pkgver = 1", "datahash = 00ff"))), "no SHA-256 of the files"},
		{"two versions", twice.Build(ownKey()), ".PKGINFO has pkgver twice"},
		{"two .PKGINFO", signed(tar(info("pkgname = a"), info("pkgname = b"))), ".PKGINFO is there twice"},
		{"no .PKGINFO", signed(tar(apktest.File{Path: ".post-install"})), "there is no .PKGINFO"},
		{"a linked .PKGINFO", signed(tar(apktest.File{Path: ".PKGINFO", Link: "etc/passwd"})), "or is not a file"},
		{"a path for a name", signed(tar(info("pkgname = ../../x", "pkgver = 1", hash))), `"../../x" is not a package's name`},
		{"a path for a version", signed(tar(info("pkgname = x", "pkgver = 1/../2", hash))), "is not a version"},
		{"a time in words", signed(tar(info("pkgname = x", "pkgver = 1", "builddate = today", hash))), `builddate: "today" is not a time`},
		{"an index", apktest.Index(apktest.Time(), "v3.24", "P:x\nV:1\n\n", ownKey()), "there is no .PKGINFO"},
		{"v3", []byte("ADBc\x02\x00..."), "apk v3 format"},
		{"v3, plain", []byte("ADB.pckg"), `begins with "ADB."`},
		{"v3, deflated", []byte("ADBd...."), `begins with "ADBd"`},
		{"a page", []byte("<!DOCTYPE html><html>"), `it begins with "<!DOCTYPE html><html`},
		{"nothing", nil, `it begins with ""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := apk.ReadPackage(tt.file, trust(t, ownKey()))
			wantError(t, err, tt.want)
		})
	}
}

// Members that unpack to far more than they should are not unpacked.
func TestBombs(t *testing.T) {
	zeros := apktest.Gzip(make([]byte, 17<<20))
	_, err := apk.ReadPackage(zeros, trust(t, ownKey()))
	wantError(t, err, "reading the signatures: it unpacks to more than 1 MiB")
	_, err = apk.ReadPackage(append(apktest.Sign(zeros, ownKey()), zeros...), trust(t, ownKey()))
	wantError(t, err, "reading the part that is signed: it unpacks to more than 16 MiB")
}

// What even a rightly signed package must not hold.
func TestExtractRefuses(t *testing.T) {
	tests := []struct {
		name  string
		files []apktest.File
		want  string // the error, or nothing
	}{
		{"up", []apktest.File{{Path: "../etc/passwd"}}, "leads out of the package"},
		{"up and down", []apktest.File{{Path: "boot/../../etc/passwd"}}, "leads out of the package"},
		{"absolute", []apktest.File{{Path: "/etc/passwd"}}, "leads out of the package"},
		{"backslashes", []apktest.File{{Path: `..\..\windows`}}, "leads out of the package"},
		{"a folder up", []apktest.File{{Path: "../"}}, "leads out of the package"},
		{"twice", []apktest.File{{Path: "boot/x"}, {Path: "boot/x"}}, "boot/x is there twice"},
		{"a link", []apktest.File{{Path: "boot/x", Link: "/etc/passwd"}}, "boot/x is a link"},
		{"a link not wanted", []apktest.File{{Path: "unwanted/x", Link: "/etc/passwd"}, {Path: "boot/y"}}, ""},
		{"nothing", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := apk.ReadPackage(apktest.Package{Name: "x", Version: "1", Files: tt.files}.Build(ownKey()), trust(t, ownKey()))
			if err != nil {
				t.Fatal(err)
			}
			files, err := p.Extract(func(path string) bool { return !strings.HasPrefix(path, "unwanted") })
			if tt.want != "" {
				wantError(t, err, tt.want)
				if files != nil {
					t.Errorf("with the error came %d files", len(files))
				}
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// A member behind that of the files is no part of the package.
func TestExtractOneMember(t *testing.T) {
	p := linuxVirt("6.18.54-r0")
	data := append(p.Data(), apktest.Gzip(apktest.Tar(true, apktest.File{Path: "more"}))...)
	control := p.Control(data)
	read, err := apk.ReadPackage(slices.Concat(apktest.Sign(control, ownKey()), control, data), trust(t, ownKey()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = read.Extract(none)
	wantError(t, err, "reading the files of linux-virt-6.18.54-r0: behind them are another")
}

// Sizes are limited before memory is taken: of each file by what its header
// says, of all by what they unpack to.
func TestExtractLimits(t *testing.T) {
	var b bytes.Buffer
	header := &tar.Header{Name: "boot/x", Mode: 0o644, Size: 513 << 20}
	if err := tar.NewWriter(&b).WriteHeader(header); err != nil {
		t.Fatal(err)
	}
	_, err := apk.ExtractUpTo(apktest.Gzip(b.Bytes()), 1<<30, all)
	wantError(t, err, "boot/x has 537919488 bytes, more than the 512 MiB that are allowed")

	header.Size = 100 << 20
	b.Reset()
	if err := tar.NewWriter(&b).WriteHeader(header); err != nil {
		t.Fatal(err)
	}
	_, err = apk.ExtractUpTo(apktest.Gzip(b.Bytes()), 1<<30, all)
	wantError(t, err, "reading boot/x: unexpected EOF")

	data := apktest.Gzip(apktest.Tar(true, apktest.File{Path: "boot/x", Content: make([]byte, 3<<20)}))
	for _, wanted := range []func(string) bool{all, none} {
		_, err = apk.ExtractUpTo(data, 2<<20, wanted)
		wantError(t, err, "they unpack to more than 2 MiB")
	}
}

func TestAddKey(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"../x.pub", string(ownKey().Public()), "without its folder"},
		{"", string(ownKey().Public()), "without its folder"},
		{"x.pub", "ssh-rsa AAAA", "not a public key in PEM"},
		{"x.pub", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "reading the key x.pub"},
		{"x.pub", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n", "not an RSA key"},
	}
	for _, tt := range tests {
		wantError(t, apk.Keys{}.Add(tt.name, []byte(tt.content)), tt.want)
	}
}
