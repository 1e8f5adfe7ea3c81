package logline

import (
	"strconv"
	"strings"
)

// Parse splits a line that a program has printed into its severity and its text. A
// program gives the severity by the prefix "<3>" (sd-daemon(3)), which Parse removes,
// or by the level that the handlers of log/slog write at the beginning of a line, which
// Parse leaves in the text. Any other line has the severity Info.
func Parse(text string) (Severity, string) {
	if len(text) >= 3 && text[0] == '<' && text[1] >= '0' && text[1] <= '7' && text[2] == '>' {
		return Severity(text[1] - '0'), text[3:]
	}
	level, ok := field(text, " ", "time=", "level=") // slog.TextHandler
	if object, isJSON := strings.CutPrefix(text, "{"); isJSON {
		level, ok = field(object, ",", `"time":`, `"level":`) // slog.JSONHandler
	}
	if !ok {
		return Info, text
	}
	return slogSeverity(strings.Trim(level, `"}`)), text
}

// field returns the value of a line's first field, or of its second field if the first
// is the time.
func field(text, separator, time, name string) (string, bool) {
	first, rest, _ := strings.Cut(text, separator)
	if strings.HasPrefix(first, time) {
		first, _, _ = strings.Cut(rest, separator)
	}
	return strings.CutPrefix(first, name)
}

// slogSeverity returns the severity of a level as slog.Level prints it: "INFO",
// "ERROR+2". It returns Info for any other text.
func slogSeverity(level string) Severity {
	name, offset := level, 0
	if i := strings.IndexAny(level, "+-"); i > 0 {
		n, err := strconv.Atoi(level[i:])
		if err != nil {
			return Info
		}
		name, offset = level[:i], n
	}
	base, ok := map[string]int{"DEBUG": -4, "INFO": 0, "WARN": 4, "ERROR": 8}[name] // slog.Level's values
	switch value := base + offset; {
	case !ok:
		return Info
	case value < 0:
		return Debug
	case value < 4:
		return Info
	case value < 8:
		return Warning
	}
	return Error
}
