package rootfs

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
)

// reservation is a path that files must leave alone, and all below it.
type reservation struct {
	path string
	// folder says that a folder may be given there, which is one anyway: a copy of
	// another machine's root has some.
	folder bool
	why    string
}

// reserved are the paths that the machine's start needs or writes to.
func reserved() []reservation {
	const mounted = "the kernel's own files are there once the machine has started"
	return []reservation{
		{"/init", false, "the machine's init is there"},
		{"/app", false, "the program is there"},
		{"/services", false, "the programs of services are there: see the blocks service"},
		{"/lib/modules", true, "the kernel's modules are there: see the options modules and drivers"},
		{"/dev", true, mounted},
		{"/proc", true, mounted},
		{"/sys", true, mounted},
		{"/run", true, "it is empty at each start: programs make what is there"},
		{config.Path, false, "the machine's configuration is there"},
		{"/etc/hostname", false, "the machine writes it: see the option hostname"},
		{"/etc/hosts", false, "the machine writes it, with its own name and addresses"},
		{"/etc/resolv.conf", false, "the machine writes it: see dns and search in network"},
		{"/etc/machine-id", false, "the machine writes it, as no two may have the same"},
	}
}

// checkReserved fails for an entry that would hide what the start needs. app says that
// the program is at /app.
func checkReserved(e tree.Entry, app bool) error {
	for _, r := range reserved() {
		switch {
		case r.path == "/app" && !app:
		case e.Path == r.path && r.folder && e.Mode.IsDir():
		case below(e.Path, r.path):
			return errors.Errorf("nothing can be put at %s: %s", e.Path, r.why)
		case below(r.path, e.Path) && !e.Mode.IsDir():
			return errors.Errorf("%s must be a folder, for %s: %s", e.Path, r.path, r.why)
		}
	}
	return nil
}

// below reports whether path is folder or in it.
func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
