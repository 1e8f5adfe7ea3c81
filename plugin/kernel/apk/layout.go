package apk

import (
	"regexp"
	"strings"

	"github.com/pkg/errors"
)

// url is where a file of the repository is.
func (r *Repository) url(file string) string {
	section := r.Section
	if section == "" {
		section = "main"
	}
	return strings.Join([]string{strings.TrimRight(r.Mirror, "/"), r.Branch, section, r.Arch, file}, "/")
}

// check fails when what becomes part of a URL could lead elsewhere.
func (r *Repository) check(name, version string) error {
	segment := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	for _, s := range []struct{ what, value string }{{"branch", r.Branch}, {"architecture", r.Arch}} {
		if !segment.MatchString(s.value) {
			return errors.Errorf("%q is not the name of an Alpine %s", s.value, s.what)
		}
	}
	if r.Section != "" && !segment.MatchString(r.Section) {
		return errors.Errorf("%q is not the name of a section of an Alpine branch, such as main", r.Section)
	}
	if name != "" && !validName(name) {
		return errors.Errorf("%q is not the name of a package", name)
	}
	if version != "" && !validVersion(version) {
		return errors.Errorf("%q is not a version of a package: Alpine's are like 6.18.54-r0", version)
	}
	return nil
}
