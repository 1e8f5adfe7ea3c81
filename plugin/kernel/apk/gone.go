package apk

import (
	"fmt"

	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
)

// GoneError says that a repository does not have a package (any more).
type GoneError struct {
	Name       string
	Version    string // empty: no version is in the index
	Newest     string // version in the index; empty if there is none
	Repository string // URL
}

func (e *GoneError) Error() string {
	switch {
	case e.Newest == "":
		return fmt.Sprintf("the repository %s has no package %s: look for its name on pkgs.alpinelinux.org, "+
			"and check the branch and the architecture", e.Repository, e.Name)
	case e.Newest == e.Version:
		return fmt.Sprintf("the repository %s names %s %s in its index but does not have the file: "+
			"the mirror is being updated or is behind. Try again in some minutes, or use another mirror",
			e.Repository, e.Name, e.Version)
	}
	return fmt.Sprintf("the repository %s does not have %s %s any more: Alpine's mirrors keep only the newest build of a package. "+
		"Take %s, which it has now, or no fixed version; or a mirror that keeps old ones; or a copy of the .apk file, if you have one",
		e.Repository, e.Name, e.Version, e.Newest)
}

func isNotFound(err error) bool {
	var notFound *fetch.NotFoundError
	return errors.As(err, &notFound)
}
