//go:build linux

package journal

import (
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/pstore"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// crashDir is the folder with the messages that the kernel saved when it crashed
// (Documentation/ABI/testing/pstore).
const crashDir = "sys/fs/pstore"

// crashShown is how many lines of each record the consoles show. It is enough for a
// panic with its call trace. The log gets all lines.
const crashShown = 60

// LogCrash logs the machine's last crash, if the kernel has saved messages of it. It
// then removes them, because there is little room for them, and to report a crash only
// once.
func (j *Journal) LogCrash(k *kernelapi.Kernel) {
	dir := k.Path(crashDir)
	if _, err := os.Stat(dir); err != nil {
		return // this kernel has no pstore
	}
	const strict = unix.MS_NOSUID | unix.MS_NOEXEC | unix.MS_NODEV
	if err := k.Mount("pstore", dir, "pstore", strict, ""); err != nil && kernelapi.Errno(err) != unix.EBUSY {
		j.Report("crash", errors.Wrap(err, "mounting pstore"))
		return
	}
	records, err := pstore.Read(os.DirFS(dir))
	if err != nil {
		j.Report("crash", err)
	}
	for _, r := range records {
		j.logCrash(r)
		if err := os.Remove(filepath.Join(dir, r.Name)); err != nil {
			j.Report("crash", err)
		}
	}
}

func (j *Journal) logCrash(r pstore.Record) {
	j.say(logline.Critical, "machine: crash: the machine's last run ended with: %s (%s)", r.Reason, r.Name)
	unshown := max(0, len(r.Lines)-crashShown)
	for _, text := range r.Lines[:unshown] {
		j.unshown(logline.Line{Time: time.Now(), Severity: logline.Critical, Source: fromMachine, Text: "machine: crash: " + text})
	}
	for _, text := range r.Lines[unshown:] {
		j.say(logline.Critical, "machine: crash: %s", text)
	}
}
