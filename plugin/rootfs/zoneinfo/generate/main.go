// Generate takes the time zones of the Go that runs it. It runs in
// plugin/rootfs/zoneinfo, by go generate, when there are newer ones.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/pkg/errors"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate() error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return errors.Wrap(err, "finding GOROOT")
	}
	dir := filepath.Join(strings.TrimSpace(string(root)), "lib", "time")
	zones, err := os.ReadFile(filepath.Join(dir, "zoneinfo.zip"))
	if err != nil {
		return errors.Wrap(err, "reading the time zones")
	}
	script, err := os.ReadFile(filepath.Join(dir, "update.bash"))
	if err != nil {
		return errors.Wrap(err, "reading what made the time zones")
	}
	version := regexp.MustCompile(`(?m)^DATA=(\w+)$`).FindSubmatch(script)
	if version == nil {
		return errors.New("update.bash does not say DATA=, the version of the time zones")
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return errors.Wrap(err, "setting the gzip level")
	}
	if _, err := z.Write(zones); err != nil {
		return errors.Wrap(err, "compressing the time zones")
	}
	if err := z.Close(); err != nil {
		return errors.Wrap(err, "compressing the time zones")
	}
	if err := os.WriteFile("zoneinfo.zip.gz", packed.Bytes(), 0o644); err != nil {
		return errors.Wrap(err, "writing the time zones")
	}
	return errors.Wrap(os.WriteFile("VERSION", append(version[1], '\n'), 0o644), "writing their version")
}
