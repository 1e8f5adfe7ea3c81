package entropy

import (
	"encoding/base64"

	"github.com/pkg/errors"
)

// Given reads a seed that somebody has made for the machine: 32 random bytes or
// more in base64. No error shows it.
func Given(text string) (seed [seedBytes]byte, err error) {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return seed, errors.New("the seed is not in base64")
	}
	if copy(seed[:], content) < seedBytes {
		return seed, errors.Errorf("the seed has %d bytes, and needs %d", len(content), seedBytes)
	}
	return seed, nil
}
