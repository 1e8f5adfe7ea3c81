package guest

import "time"

// isDuration tells whether an option is a time that a machine can be told, or left
// out.
func isDuration(text string) bool {
	d, err := time.ParseDuration(text)
	return text == "" || err == nil && d >= 0
}
