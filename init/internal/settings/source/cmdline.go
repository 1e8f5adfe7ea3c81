package source

import (
	"strings"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/settings/layer"
)

// CommandLineFile is where the kernel shows its command line (proc(5)).
const CommandLineFile = "/proc/cmdline"

// CommandLine is the layer in the kernel's command line: "machine.KEY=value",
// and the kernel's own ip=. A value with spaces stands in double quotes.
func CommandLine(line string) layer.Layer {
	l := layer.Layer{Name: "kernel command line"}
	for _, word := range words(line) {
		if value, ok := strings.CutPrefix(word, "ip="); ok {
			l.Entries = append(l.Entries, ipEntries(value)...)
		}
		if strings.HasPrefix(word, prefix+".") {
			if e, ok := entry("", word); ok {
				l.Entries = append(l.Entries, e)
			}
		}
	}
	return l
}

// words splits a command line as the kernel does: at white space that is not
// between double quotes, of which a word's own are dropped (lib/cmdline.c,
// next_arg).
func words(line string) []string {
	var all []string
	quoted := false
	for _, word := range strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && strings.ContainsRune(" \t\n\v\f\r", r)
	}) {
		name, value, given := strings.Cut(word, "=")
		switch {
		case strings.HasPrefix(word, `"`):
			word = strings.TrimSuffix(word[1:], `"`)
		case given && strings.HasPrefix(value, `"`):
			word = name + "=" + strings.TrimSuffix(value[1:], `"`)
		}
		all = append(all, word)
	}
	return all
}
