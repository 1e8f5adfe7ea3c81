package debug

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// publicKey is the nth key of this test, and its line of authorized_keys.
func publicKey(t *testing.T, n byte) (ssh.PublicKey, string) {
	t.Helper()
	key, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(n)), ed25519.SeedSize))).Public())
	if err != nil {
		t.Fatal(err)
	}
	return key, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// TestParseKeys: files of keys as editors save them.
func TestParseKeys(t *testing.T) {
	key, line := publicKey(t, 'a')
	other, second := publicKey(t, 'b')
	one, both := ssh.FingerprintSHA256(key), ssh.FingerprintSHA256(key)+" "+ssh.FingerprintSHA256(other)
	tests := []struct{ name, text, want, problem string }{
		{name: "nothing"},
		{name: "one key", text: line, want: one},
		{name: "one fingerprint", text: " " + one + " \n", want: one},
		{name: "Windows", text: "\ufeff" + line + " me@pc\r\n\r\n# mine\r\n" + second + " \t\r\n", want: both},
		{name: "no last newline", text: line + "\n" + second, want: both},
		{name: "a bad one among them", text: line + "\nssh-rsa x\n" + second, want: both, problem: `"ssh-rsa x" is neither`},
		{name: "options", text: `no-pty ` + line, problem: "a key's options, here no-pty, are not known"},
		{name: "UTF-16", text: "\xff\xfes\x00", problem: "this is UTF-16"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			prints, problems := parseKeys(test.text)
			if got := strings.Join(prints, " "); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if got := fmt.Sprint(problems); test.problem == "" && len(problems) > 0 || !strings.Contains(got, test.problem) {
				t.Errorf("%s, want %q", got, test.problem)
			}
			file := filepath.Join(t.TempDir(), "authorized_keys")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if k := (keys{file: file}); k.authorized(key) != strings.Contains(test.want, one) {
				t.Errorf("by the file the key's holder may log in: %v", k.authorized(key))
			}
		})
	}
}
