package shell

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	listing "github.com/u-root/u-root/pkg/ls"

	"github.com/u-root/u-root/pkg/core/ls"
	"mvdan.cc/sh/v3/interp"
)

// listFiles is ls. Folders are left to u-root's, which shows a file without its folder,
// and what is not there as if it were.
func listFiles(c call) error {
	var options, names, folders []string
	for _, a := range c.args {
		if strings.HasPrefix(a, "-") && len(a) > 1 {
			options = append(options, a)
		} else {
			names = append(names, a)
		}
	}
	letters, failed, files := strings.Join(options, ""), false, tabwriter.NewWriter(c.stdout, 0, 0, 1, ' ', 0)
	for _, a := range names {
		info, err := os.Lstat(c.path(a))
		switch {
		case err != nil:
			fmt.Fprintf(c.stderr, "ls: %s: %v\n", a, err.(*os.PathError).Err)
			failed = true
		case info.IsDir() && !strings.Contains(letters, "d"):
			folders = append(folders, a)
		default:
			file := listing.FromOSFileInfo(c.path(a), info)
			file.Name = a
			fmt.Fprintln(files, stringer(letters).FileString(file))
		}
	}
	_ = files.Flush()
	if len(folders) > 0 || len(names) == 0 {
		c.args = append(options, folders...)
		if err := library(ls.New())(c); err != nil {
			return err
		}
	}
	if failed {
		return interp.ExitStatus(1)
	}
	return nil
}

// stringer shows a file as the options' letters have it.
func stringer(letters string) listing.Stringer {
	var name listing.Stringer = listing.NameStringer{}
	if strings.Contains(letters, "Q") {
		name = listing.QuotedStringer{}
	}
	if strings.Contains(letters, "l") {
		return listing.LongStringer{Human: strings.Contains(letters, "h"), Name: name}
	}
	return name
}
