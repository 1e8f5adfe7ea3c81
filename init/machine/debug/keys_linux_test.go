package debug

import (
	"strings"
	"testing"
)

// FuzzParseKeys: every fingerprint comes from a line, and no line has more than one.
func FuzzParseKeys(f *testing.F) {
	f.Add("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfkNV4OS33ImTXvorZr72q4v5XhVEQKfvqsxOEJ/XaR a comment\r\n")
	f.Add("SHA256:x\n# nothing\ncommand=\"a\" ssh-rsa AAAA\n")
	f.Fuzz(func(t *testing.T, text string) {
		prints, problems := parseKeys(text)
		if len(prints)+len(problems) > strings.Count(text, "\n")+1 {
			t.Errorf("%q, %v", prints, problems)
		}
		for print := range prints {
			if !strings.HasPrefix(print, "SHA256:") {
				t.Errorf("%q is no fingerprint", print)
			}
		}
	})
}
