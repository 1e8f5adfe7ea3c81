package machine

import (
	"path/filepath"

	"github.com/pkg/errors"
	"golang.org/x/sys/unix"
)

// modules loads the baked modules in their order. One that fails is reported,
// and the next is tried.
func (p *pid1) modules() error {
	for _, path := range p.config.Modules {
		err := p.sys.loadModule(filepath.Join(p.sys.root, path))
		if err == nil || errno(err) == unix.EEXIST { // it is there already, or built in
			continue
		}
		p.report("modules", errors.Wrapf(err, "loading %s%s", path, hint(errno(err))))
	}
	return nil
}

// hint says what the kernel's answer to finit_module(2) usually means.
func hint(number error) string {
	switch number {
	case unix.ENOEXEC:
		return " (was it made for another kernel, or is it compressed?)"
	case unix.ENOENT:
		return " (the file or a module that it needs is missing)"
	case unix.EKEYREJECTED, unix.ENOKEY:
		return " (the kernel takes signed modules only)"
	}
	return ""
}
