package machine

import (
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/crash"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/logline"
)

// pstore is where the kernel shows what it saved when it crashed
// (Documentation/ABI/testing/pstore).
const pstore = "sys/fs/pstore"

// crashShown is how many lines of each record the consoles show, enough for a
// panic with its call trace; the log gets
// all of them.
const crashShown = 60

// lastCrash logs how the machine crashed the last time, if its kernel has saved
// that. What was logged is removed: there is room for little, and a crash is
// to be reported once.
func (p *pid1) lastCrash() {
	dir := filepath.Join(p.sys.root, pstore)
	if _, err := os.Stat(dir); err != nil {
		return // a kernel without pstore
	}
	const strict = unix.MS_NOSUID | unix.MS_NOEXEC | unix.MS_NODEV
	if err := p.sys.mount("pstore", dir, "pstore", strict, ""); err != nil && errno(err) != unix.EBUSY {
		p.report("crash", errors.Wrap(err, "mounting pstore"))
		return
	}
	records, err := crash.Read(os.DirFS(dir))
	if err != nil {
		p.report("crash", err)
	}
	for _, r := range records {
		p.logCrash(r)
		if err := os.Remove(filepath.Join(dir, r.Name)); err != nil {
			p.report("crash", err)
		}
	}
}

func (p *pid1) logCrash(r crash.Record) {
	p.console.say(logline.Critical, "machine: crash: the machine's last run ended with: %s (%s)", r.Reason, r.Name)
	unshown := max(0, len(r.Lines)-crashShown)
	for _, text := range r.Lines[:unshown] {
		p.console.unshown(logline.Line{Time: time.Now(), Severity: logline.Critical, Source: fromMachine, Text: "machine: crash: " + text})
	}
	for _, text := range r.Lines[unshown:] {
		p.console.say(logline.Critical, "machine: crash: %s", text)
	}
}
