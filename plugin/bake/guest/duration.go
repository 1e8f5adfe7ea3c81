package guest

import "time"

// isDuration reports whether text is empty or a duration that is not negative.
func isDuration(text string) bool {
	d, err := time.ParseDuration(text)
	return text == "" || err == nil && d >= 0
}
