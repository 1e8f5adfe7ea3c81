package apk

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/fetch"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// seen is the newest index that was seen of a repository, wherever it came
// from. Signatures do not grow old: a mirror, or who stands before it, can serve
// an index of last year, with the holes that its packages had.
type seen struct {
	Repository  string    `json:"repository"` // without the mirror
	Signer      string    `json:"signer"`
	Description string    `json:"description"`
	Built       time.Time `json:"built"`
}

// compareWithSeen warns of an index older than one seen before, and remembers a
// newer one in the cache.
func (r *Repository) compareWithSeen(x *Index) error {
	if r.Cache.Offline || x.Built.IsZero() {
		return nil
	}
	name := strings.TrimPrefix(r.url(""), strings.TrimRight(r.Mirror, "/"))
	now := seen{name, x.Signer, x.Description, x.Built}
	path := filepath.Join(r.Cache.Dir, "apk", fmt.Sprintf("%x.json", sha256.Sum256([]byte(now.Repository+" "+now.Signer))))

	var before seen
	content, err := input.Read(context.Background(), path, input.MaxText)
	if err == nil && json.Unmarshal(content, &before) == nil && !now.Built.After(before.Built) {
		if now.Built.Before(before.Built) && r.Warn != nil {
			r.Warn(fmt.Sprintf("the index of %s is older (%s, %s) than one seen before (%s, %s): the mirror is behind, or withholds updates",
				r.url(""), x.Description, day(x.Built), before.Description, day(before.Built)))
		}
		return nil
	}
	if content, err = json.Marshal(now); err != nil {
		return errors.Wrap(err, "encoding what is remembered of the index")
	}
	return fetch.ReplaceFile(path, content)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
