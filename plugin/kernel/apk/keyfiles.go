package apk

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// ReadKeys returns the keys in files as they lie in /etc/apk/keys, or Alpine's
// own when there are none.
func ReadKeys(ctx context.Context, files []string) (Keys, error) {
	if len(files) == 0 {
		return AlpineKeys()
	}
	keys := Keys{}
	for _, file := range files {
		content, err := input.ReadText(ctx, file)
		if err != nil {
			return nil, errors.Wrap(err, "keys")
		}
		if err := keys.Add(filepath.Base(file), []byte(content)); err != nil {
			return nil, errors.Wrapf(err, "keys: %s", file)
		}
	}
	return keys, nil
}

// CheckKeyFiles fails when one of the files cannot be that of a key, by its name.
func CheckKeyFiles(files []string) error {
	for _, file := range files {
		if !strings.HasSuffix(file, ".rsa.pub") {
			return errors.Errorf("%q is not the name of a public key: packages name their key by its file, NAME.rsa.pub", file)
		}
	}
	return nil
}
