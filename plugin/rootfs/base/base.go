// Package base is what every machine has besides its programs: the folders that
// Linux programs expect, and the files of /etc that they look things up in.
package base

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/accounts"
)

//go:embed etc
var files embed.FS

// Files returns the folders and files of a machine with these users and a kernel
// of this release.
func Files(users *accounts.Table, release string) ([]tree.Entry, error) {
	all := folders()
	for _, u := range users.Users() {
		if u.Home != "/" && u.UID != 0 {
			all = append(all, tree.Entry{Path: u.Home, Mode: fs.ModeDir | 0o755, UID: u.UID, GID: u.GID})
		}
	}
	for _, link := range [][2]string{
		{"/etc/mtab", "/proc/self/mounts"}, // getmntent(3)
		{"/var/run", "/run"},               // file-hierarchy(7)
	} {
		all = append(all, tree.Entry{Path: link[0], Mode: fs.ModeSymlink | 0o777, Target: link[1]})
	}
	all = append(all, file("/etc/passwd", users.Passwd()), file("/etc/group", users.GroupFile()), file("/etc/os-release", osRelease(release)))
	names, err := fs.ReadDir(files, "etc")
	if err != nil {
		return nil, errors.Wrap(err, "listing the files of /etc")
	}
	for _, name := range names {
		data, err := files.ReadFile("etc/" + name.Name())
		if err != nil {
			return nil, errors.Wrap(err, "reading the files of /etc")
		}
		all = append(all, file("/etc/"+name.Name(), data))
	}
	return all, nil
}

func file(path string, data []byte) tree.Entry {
	return tree.Entry{Path: path, Mode: 0o644, Content: content.Bytes(data)}
}

// folders are those of the Filesystem Hierarchy Standard 3.0 that programs write
// to or look into.
func folders() []tree.Entry {
	var all []tree.Entry
	add := func(mode fs.FileMode, paths ...string) {
		for _, path := range paths {
			all = append(all, tree.Entry{Path: path, Mode: fs.ModeDir | mode})
		}
	}
	add(0o755, "/bin", "/dev", "/etc", "/home", "/mnt", "/opt", "/proc", "/run", "/srv", "/sys", "/usr/bin", "/usr/lib", "/usr/local/bin", "/usr/share")
	add(0o700, "/root")
	// Whatever user a program has, it can make a folder of its own in these, and
	// none of another's goes away.
	add(fs.ModeSticky|0o777, "/tmp", "/var/cache", "/var/lib", "/var/log", "/var/tmp")
	return all
}

// osRelease is os-release(5): our name and version, and the kernel's release.
func osRelease(kernel string) []byte {
	const name = "scratchmachine"
	return fmt.Appendf(nil, "NAME=%s\nID=%s\nVERSION=\"%s (Linux %s)\"\nVERSION_ID=%s\nPRETTY_NAME=\"%[1]s %[3]s (Linux %[4]s)\"\n",
		name, name, config.Version, kernel, config.Version)
}
