package config

import (
	"fmt"
	"time"
)

// Duration parses the value of a key that is a duration such as "500ms". For a value
// that it cannot parse, it returns an error and the duration for an empty value.
func Duration(key, text string, empty time.Duration) (time.Duration, error) {
	if text == "" {
		return empty, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return empty, fmt.Errorf("%s must be a time such as 500ms, not %q: using %s", key, text, empty)
	}
	return d, nil
}
