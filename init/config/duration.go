package config

import (
	"fmt"
	"time"
)

// Duration reads the value of a key that is a time such as "500ms". For one that
// cannot be read it returns an error, and the time that an empty value means.
func Duration(key, text string, empty time.Duration) (time.Duration, error) {
	if text == "" {
		return empty, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return empty, fmt.Errorf("%s is a time such as 500ms, not %q: taking %s", key, text, empty)
	}
	return d, nil
}
