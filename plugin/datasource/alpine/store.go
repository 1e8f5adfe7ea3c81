package alpine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel/apk"
)

// store puts files of packages into the cache, where artifice and the
// post-processor can read them.
type store struct {
	dir string
	out Output
}

// folder is where the files of a package are. It is named by the package's
// digest, so that what is in it never changes and builds can share it.
func (s *store) folder(p *apk.Package) string {
	return filepath.Join(s.dir, "alpine", p.String()+"-"+p.SHA256()[:16])
}

// add writes a file, unless it is there, notes it, and returns its path.
func (s *store) add(p *apk.Package, name string, content []byte) (string, error) {
	path := filepath.Join(s.folder(p), name)
	if there, err := input.Read(context.Background(), path, input.MaxKernel); err != nil || !bytes.Equal(there, content) {
		if err := fetch.ReplaceFile(path, content); err != nil {
			return "", err
		}
	}
	hash := sha256.Sum256(content)
	s.out.SHA256[name] = hex.EncodeToString(hash[:])
	s.out.Files = append(s.out.Files, path)
	return path, nil
}
