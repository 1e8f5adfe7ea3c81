//go:build linux

package kernelapi

import (
	"os"
	"path/filepath"
)

// Path returns where a path of the machine is: below Root. The leading "/" is optional.
func (k *Kernel) Path(path string) string { return filepath.Join(k.Root, path) }

// ReadFile reads the file at a path as [Kernel.Path] takes it.
func (k *Kernel) ReadFile(path string) ([]byte, error) { return os.ReadFile(k.Path(path)) }

// ReplaceFile writes a small file through a temporary one, so that a reader sees either
// all of the old content or all of the new. It does not touch a file that already has
// the content.
func (k *Kernel) ReplaceFile(path, content string) error {
	path = k.Path(path)
	if before, err := os.ReadFile(path); err == nil && string(before) == content {
		return nil
	}
	part := path + ".part"
	err := os.WriteFile(part, []byte(content), 0o644)
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}
