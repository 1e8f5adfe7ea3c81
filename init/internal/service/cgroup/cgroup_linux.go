// Package cgroup limits the memory of a program with a control group
// (Documentation/admin-guide/cgroup-v2.rst).
package cgroup

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/pkg/errors"
)

// Memory makes a group that has so many bytes of memory, below the hierarchy
// that is mounted at root, and returns its folder, open, for
// [syscall.SysProcAttr.CgroupFD]. When they are used up, the kernel ends all of
// the group's processes.
func Memory(root, name string, bytes int64) (*os.File, error) {
	dir := filepath.Join(root, name)
	if err := set(root, "cgroup.subtree_control", "+memory"); err != nil {
		return nil, errors.Wrap(err, "limiting memory (has the kernel MEMCG?)")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, errors.Wrap(err, "limiting memory")
	}
	for _, limit := range [][2]string{
		{"memory.max", strconv.FormatInt(bytes, 10)},
		{"memory.oom.group", "1"},
	} {
		if err := set(dir, limit[0], limit[1]); err != nil {
			return nil, errors.Wrap(err, "limiting memory")
		}
	}
	file, err := os.Open(dir)
	return file, errors.Wrap(err, "limiting memory")
}

// set writes one of the kernel's files, which are there or not.
func set(dir, name, value string) error {
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	if closing := file.Close(); err == nil {
		err = closing
	}
	return err
}
