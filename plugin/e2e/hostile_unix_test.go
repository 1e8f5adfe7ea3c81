//go:build unix

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/kerneltest"
)

// hostile is one build that must fail at once, with a message that says why.
type hostile struct {
	name string
	// options are those of the post-processor. The paths of the yard stand for
	// @NAME.
	options string
	// files are the artifact's, the kernel if there are none.
	files []string
	// sources takes the place of the source, if it is not empty.
	sources string
	env     []string
	want    string
}

const (
	iso      = `output_iso = "output/m.iso"` + "\n"
	minutes  = 60 * time.Second // for a machine that is busy; a hang takes longer
	byBox    = iso + `output_box = "output/m.box"` + "\n" + `output_catalog = `
	catalogs = "\n" + `catalog {
  name    = "acme/hello"
  version = "1.0.0"
  url     = "https://example.com/m.box"
}
`
)

// inputs are whatever a path of the user's may lead to that is read.
func hostileInputs() []hostile {
	return []hostile{
		{name: "program: FIFO", options: iso + `program = "@fifo"`, want: "program: @fifo is a FIFO, not a file"},
		{name: "program: link to a FIFO", options: iso + `program = "@tofifo"`, want: "program: @tofifo is a FIFO, not a file"},
		{name: "program: socket", options: iso + `program = "@socket"`, want: "program: @socket is a socket, not a file"},
		{name: "program: device", options: iso + `program = "/dev/zero"`, want: "program: /dev/zero is a device, not a file"},
		{name: "program: folder", options: iso + `program = "@folder"`, want: "program: @folder is a folder, not a file"},
		{name: "program: 4 GiB", options: iso + `program = "@huge"`, want: "program: @huge is larger than 1024 MiB"},
		{name: "program: none", options: iso + `program = "@nowhere"`, want: "program: @nowhere: no such file"},
		{name: "program: link to nothing", options: iso + `program = "@dangling"`, want: "program: @dangling: no such file"},
		{name: "program: empty", options: iso + `program = "@empty"`, want: "@empty cannot run in the machine"},
		{name: "program: script", options: iso + `program = "@script"`, want: "@script cannot run in the machine"},
		{name: "program: line end", options: iso + `program = "@fifo\r"`, want: "a character in it that cannot be seen"},
		{name: "program: loop", options: iso + `program = "@loop"`, want: "program: @loop: too many levels of symbolic links"},
		{name: "kernel: FIFO", options: iso + `kernel = "@fifo"`, want: "kernel: @fifo is a FIFO, not a file"},
		{name: "kernel: device", options: iso + `kernel = "/dev/zero"`, want: "kernel: /dev/zero is a device, not a file"},
		{name: "kernel: 4 GiB", options: iso + `kernel = "@huge"`, want: "kernel: @huge is larger than 512 MiB"},
		{name: "kernel: empty folder", options: iso + `kernel = "@folder"`, want: "there is no boot/vmlinuz* in this folder"},
		{name: "kernel: folder with a FIFO", options: iso + `kernel = "@fifokernel"`, want: "there is no boot/vmlinuz* in this folder"},
		{name: "kernel_checksum: FIFO", options: iso + `kernel = "@fifo"` + "\nkernel_checksum = \"sha256:" + strings.Repeat("0", 64) + `"`, want: "kernel: @fifo is a FIFO"},
		{name: "kernel_config: FIFO", options: iso + `kernel_config = "@fifo"`, want: "kernel_config: @fifo is a FIFO, not a file"},
		{name: "kernel_config: UTF-16", options: iso + `kernel_config = "@utf16"`, want: "kernel_config: @utf16: it is text in UTF-16: save it as UTF-8"},
		{name: "kernel_config: other text", options: iso + `kernel_config = "@script"`, want: "kernel_config: @script: this is no kernel configuration"},
		{name: "modules: FIFO", options: iso + `modules = ["@fifo.ko"]`, want: "modules: @fifo.ko is a FIFO, not a file"},
		{name: "modules: FIFO of another name", options: iso + `modules = ["@fifo"]`, want: "modules: @fifo is a FIFO, not a file"},
		{name: "modules: 4 GiB", options: iso + `modules = ["@huge.ko"]`, want: "modules: @huge.ko is larger than 512 MiB"},
		{name: "keys: FIFO", options: iso + `kernel = "@alpine"` + "\n" + `keys = ["@fifo.rsa.pub"]`, want: "keys: @fifo.rsa.pub is a FIFO, not a file"},
		{name: "keys: UTF-16", options: iso + `kernel = "@alpine"` + "\n" + `keys = ["@utf16.rsa.pub"]`, want: "keys: @utf16.rsa.pub: it is text in UTF-16"},
		{name: "drivers of a profile", options: iso + `kernel = "@alpine"`, want: "the profile virtualbox wants it: choose the profile of another hypervisor"},
		{name: "drivers that are named", options: iso + `kernel = "@alpine"` + "\nprofile = \"none\"", want: `profile: there is no profile "none"`},
		{name: "isolinux_dir: FIFO", options: iso + "bootloader = \"isolinux\"\n" + `isolinux_dir = "@fifoloader"`, want: "is a FIFO, not a file: name a regular file"},
		{name: "isolinux_dir: none", options: iso + "bootloader = \"isolinux\"\n" + `isolinux_dir = "@nowhere"`, want: "isolinux_dir: ISOLINUX from @nowhere"},
		{name: "ca_file: FIFO", options: iso + tlsLog("@fifo"), want: "log: ca_file: @fifo is a FIFO, not a file"},
		{name: "ca_file: UTF-16", options: iso + tlsLog("@utf16"), want: "log: ca_file: @utf16: it is text in UTF-16"},
		{name: "ca_file: no certificate", options: iso + tlsLog("@script"), want: "log: ca_file: @script has no certificate in PEM"},
		{name: "ca_certificates: FIFO", options: iso + `ca_certificates = ["@fifo"]`, want: "ca_certificates: @fifo is a FIFO, not a file"},
		{name: "ca_certificates: UTF-16", options: iso + `ca_certificates = ["@utf16"]`, want: "ca_certificates: @utf16: it is text in UTF-16"},
		{name: "file: FIFO", options: iso + "file {\n source = \"@fifo\"\n destination = \"/srv/x\"\n}", want: "@fifo is a FIFO"},
		{name: "file: device", options: iso + "file {\n source = \"/dev/zero\"\n destination = \"/srv/x\"\n}", want: "/dev/zero is a device"},
		{name: "artifact: FIFO", options: iso, files: []string{"@fifo"}, want: "the input artifact's files: @fifo is a FIFO, not a file"},
		{name: "artifact: device", options: iso, files: []string{"/dev/zero"}, want: "the input artifact's files: /dev/zero is a device"},
		{name: "authorized_keys: no key", options: iso + "ssh {\n enabled = true\n authorized_keys = [\"me\"]\n}", want: "is neither a public key nor the SHA256 fingerprint of one"},
		{name: "host_key: a path", options: iso + "ssh {\n enabled = true\n host_key = \"/etc/ssh/key\"\n}", want: "ssh: host_key is not a private key"},
		{name: "SOURCE_DATE_EPOCH", options: iso, env: []string{"SOURCE_DATE_EPOCH=yesterday"}, want: "SOURCE_DATE_EPOCH must be a number of seconds"},
		{name: "package: none", options: iso + `package = "./nosuch"`, want: "finding the package ./nosuch: "},
		{name: "package: FIFO", options: iso + `package = "@fifo"`, want: "finding the package @fifo: "},
	}
}

// hostileOutputs are whatever a path of the user's may lead to that is written.
func hostileOutputs() []hostile {
	return []hostile{
		{name: "output_iso: FIFO", options: `output_iso = "@fifo"`, want: "output_iso: @fifo is a FIFO, not a file: choose a file name"},
		{name: "output_iso: link to a FIFO", options: `output_iso = "@tofifo"`, want: "output_iso: @tofifo is a link to "},
		{name: "output_iso: socket", options: `output_iso = "@socket"`, want: "output_iso: @socket is a socket, not a file: choose a file name"},
		{name: "output_iso: folder", options: `output_iso = "@folder"`, want: "output_iso: @folder is a folder, not a file: choose a file name"},
		{name: "output_iso: below a file", options: `output_iso = "@script/m.iso"`, want: "output_iso: @script is not a folder: choose another name"},
		{name: "output_iso: loop", options: `output_iso = "@loop"`, want: "output_iso: @loop is a link with too many links behind it"},
		{name: "output_iso: no place", options: `output_iso = "/proc/m.iso"`, want: "output_iso: writing beside /proc/m.iso"},
		{name: "output_iso: long name", options: `output_iso = "output/` + strings.Repeat("m", 250) + `"`, want: "file name too long"},
		{name: "output_iso: the kernel", options: `output_iso = "@vmlinuz"`, want: "output_iso: @vmlinuz is an input, too (the input artifact): choose another name"},
		{name: "output_kernel: the kernel, by a link", options: `output_kernel = "@tokernel"`, want: "output_kernel: @tokernel is an input, too"},
		{name: "output_initramfs: a certificate", options: `output_initramfs = "@script"` + "\nfile {\n source = \"@script\"\n destination = \"/srv/x\"\n}", want: "output_initramfs: @script is an input, too (file"},
		{name: "output_kernel: the ISO image", options: `output_iso = "@folder/a"` + "\n" + `output_kernel = "@tofolder/a"`, want: "is written by output_iso already: choose another name"},
		{name: "output_kernel: the ISO image in capitals", options: iso + `output_kernel = "output/M.ISO"`, want: "is written by output_iso already"},
		{name: "output_catalog: FIFO", options: byBox + `"@fifo"` + catalogs, want: "output_catalog: @fifo is a FIFO, not a file"},
		{name: "output_catalog: no JSON", options: byBox + `"@script"` + catalogs, want: "output_catalog: @script: catalog: reading the one there is"},
		{name: "output_catalog: UTF-16", options: byBox + `"@utf16"` + catalogs, want: "output_catalog: @utf16: it is text in UTF-16"},
	}
}

// hostileSources are for the files builder and the data source.
func hostileSources() []hostile {
	files := func(pattern string) string {
		return `source "scratchmachine-files" "machine" {` + "\n  files = [" + pattern + "]\n}"
	}
	alpine := func(options string) string {
		return "data \"scratchmachine-alpine\" \"linux\" {\n  cache_dir = \"@cache\"\n" + options + "\n}\n" +
			"source \"scratchmachine-files\" \"machine\" {\n  files = data.scratchmachine-alpine.linux.files\n}"
	}
	return []hostile{
		{name: "files: FIFO", sources: files(`"@fifo"`), options: iso, want: "files: @fifo is a FIFO, not a file"},
		{name: "files: FIFO by a pattern", sources: files(`"@fif*"`), options: iso, want: "files: @fifo is a FIFO, not a file"},
		{name: "files: none", sources: files(`"@nowhere"`), options: iso, want: `files: @nowhere: no such file`},
		{name: "mirror: folder without a mirror", sources: alpine(`mirror = "file://@folder"`), options: iso, want: "there is no Alpine branch"},
		{name: "mirror: FIFO", sources: alpine(`mirror = "file://@fifomirror"`), options: iso, want: "APKINDEX.tar.gz is a FIFO, not a file"},
		{name: "keys of the data source: FIFO", sources: alpine(`keys = ["@fifo.rsa.pub"]`), options: iso, want: "keys: @fifo.rsa.pub is a FIFO, not a file"},
	}
}

// tlsLog is a log server whose certificates are in a file.
func tlsLog(path string) string {
	return "log {\n server = \"tls://logs.example.com\"\n ca_file = \"" + path + "\"\n}"
}

// yard makes a folder with one of each thing that a path can lead to.
func yard(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"folder", "fifokernel/boot", "fifoloader", "alpine/boot", "alpine/lib/modules", "fifomirror/latest-stable/main/x86_64"} {
		do(os.MkdirAll(at(name), 0o755))
	}
	for _, name := range []string{"fifo", "fifo.ko", "fifo.rsa.pub", "fifokernel/boot/vmlinuz", "fifoloader/isolinux.bin", "fifoloader/ldlinux.c32",
		"fifoloader/isohdpfx.bin", "fifomirror/latest-stable/main/x86_64/APKINDEX.tar.gz"} {
		do(unix.Mkfifo(at(name), 0o600))
	}
	for name, content := range map[string]string{
		"empty": "", "script": "#!/bin/sh\n", "utf16": "\xff\xfe#\x00\n\x00", "utf16.rsa.pub": "\xff\xfe-\x00", "huge": "", "huge.ko": "",
		"vmlinuz":             string(kerneltest.BzImage("6.12.94-0-virt")),
		"alpine/boot/vmlinuz": string(kerneltest.BzImage("6.12.94-0-virt")),
	} {
		do(os.WriteFile(at(name), []byte(content), 0o644))
	}
	for link, to := range map[string]string{"tofifo": "fifo", "tofolder": "folder", "dangling": "nowhere", "loop": "loop", "tokernel": "vmlinuz"} {
		do(os.Symlink(to, at(link)))
	}
	do(os.Truncate(at("huge"), 4<<30))
	do(os.Truncate(at("huge.ko"), 4<<30))
	listener, err := net.Listen("unix", at("socket"))
	do(err)
	t.Cleanup(func() { listener.Close() })
	return dir
}

// listing is all that is below a folder, with modes and sizes.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var lines strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && !entry.IsDir() {
			fmt.Fprintln(&lines, path, info.Mode(), info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines.String()
}

// TestHostile: no build hangs, none leaves or loses a file, and each says in one
// line which option names what, and what is wrong with it.
func TestHostile(t *testing.T) {
	p, dir := newPacker(t), yard(t)
	before := listing(t, dir)
	var cases []hostile
	for _, some := range [][]hostile{hostileInputs(), hostileOutputs(), hostileSources(), hostileDevices(t, dir, &before)} {
		cases = append(cases, some...)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, took := p.fail(t, c.expand(dir))
			said := strings.Join(strings.Fields(out), " ")
			want := regexp.MustCompile(`@(\w)`).ReplaceAllString(c.want, dir+"/$1")
			if !strings.Contains(said, want) {
				t.Errorf("it did not say %q:\n%s", want, out)
			}
			if left := p.outputs(t); left != "" {
				t.Errorf("left %s", left)
			}
			if after := listing(t, dir); after != before {
				t.Errorf("files have changed from\n%sto\n%s", before, after)
			}
			t.Logf("%.1f s: %s", took.Seconds(), errorOf(out))
		})
	}
	t.Logf("%d cases", len(cases))
}

// expand puts the yard's paths into the case.
func (c hostile) expand(dir string) hostile {
	name := regexp.MustCompile(`@(\w)`)
	in := func(s string) string { return name.ReplaceAllString(s, dir+"/$1") }
	c.options, c.sources = in(c.options), in(c.sources)
	if c.files == nil {
		c.files = []string{"@vmlinuz"}
	}
	var files []string
	for _, file := range c.files {
		files = append(files, in(file))
	}
	c.files = files
	return c
}

// fail runs a build that must fail in time, and returns what packer said.
func (p packer) fail(t *testing.T, c hostile) (string, time.Duration) {
	t.Helper()
	path := p.writeTemplate(t, c.files, c.options)
	if c.sources != "" {
		text := c.sources + "\nbuild {\n  sources = [\"source.scratchmachine-files.machine\"]\n  post-processor \"scratchmachine\" {\n" + c.options + "\n  }\n}\n"
		if err := os.WriteFile(filepath.Join(p.dir, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), minutes)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.path, "build", path)
	cmd.Dir, cmd.Env, cmd.WaitDelay = p.dir, append(p.env, c.env...), time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("it hung:\n%s", out.String())
	}
	if err == nil {
		t.Fatalf("packer made something of it:\n%s", out.String())
	}
	return out.String(), time.Since(start)
}

// errorOf is what packer says of a failure, as short as it can be found.
func errorOf(out string) string {
	for _, mark := range []string{"Post-processor failed: ", "Error: "} {
		if _, after, ok := strings.Cut(out, mark); ok {
			quoted, _ := json.Marshal(strings.TrimSpace(after[:min(len(after), 600)]))
			return string(quoted)
		}
	}
	return out
}
