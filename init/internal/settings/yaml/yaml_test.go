//go:build !scratchmachine_noyaml

package yaml

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestToJSON(t *testing.T) {
	tests := []struct{ document, want, failure string }{
		{document: "a:\r\n  - 1\r\n  - b\t\r\n", want: `{"a":[1,"b"]}`},
		{document: "a:\tb", want: `{"a":"b"}`},
		{document: "a: |\n  x\n  \ty\n", want: `{"a":"x\n\ty\n"}`},
		{document: "", want: "null"},
		{document: "a:\n\tb: 1\n", failure: "this is no YAML: line 2 is indented with a tab: use spaces"},
		{document: "\n\na:\n  b:\n  \tc: 1\n", failure: "this is no YAML: line 5 is indented with a tab: use spaces"},
		{document: "\tb: 1\n", failure: "this is no YAML: line 1 is indented with a tab: use spaces"},
		{document: "a:\n- b\n\t- c\n", failure: "this is no YAML: line 3 is indented with a tab: use spaces"},
		{document: "text: |\n  x\n  \ty\nz: 1\nb: @c\n", failure: "this is no YAML: yaml: line 5: found character that cannot start any token"},
		{document: "1: a\n", failure: "this YAML has no form in JSON: json: unsupported type: map[interface {}]interface {}"},
	}
	for _, test := range tests {
		got, err := ToJSON([]byte(test.document))
		switch {
		case test.failure == "" && (err != nil || string(got) != test.want):
			t.Errorf("%q: %s, %v, want %s", test.document, got, err, test.want)
		case test.failure != "" && (err == nil || err.Error() != test.failure):
			t.Errorf("%q: %s, %v, want %s", test.document, got, err, test.failure)
		}
	}
}

// TestAliases: a seed of a megabyte must not fill the memory.
func TestAliases(t *testing.T) {
	text := "a: &a " + strings.Repeat("x", 400_000) + "\nb: [" + strings.Repeat("*a,", 100) + "]\n"
	if _, err := ToJSON([]byte(text)); err == nil || err.Error() != "this YAML has aliases by which it comes to more than 16 MiB" {
		t.Errorf("%.80v", err)
	}
	if content, err := ToJSON([]byte("a: &a [x]\nb: *a\n")); err != nil || string(content) != `{"a":["x"],"b":["x"]}` {
		t.Errorf("%s, %v", content, err)
	}
}

// FuzzToJSON: what comes out is JSON, and not much larger than what went in may be.
func FuzzToJSON(f *testing.F) {
	f.Add([]byte("a: &a [x, 1, 2.5, null, {b: yes}]\nb: *a\n<<: {c: d}\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, document []byte) {
		content, err := ToJSON(document)
		if err == nil && (!json.Valid(content) || len(content) > 8*maxSize) {
			t.Errorf("%d bytes: %.80q", len(content), content)
		}
	})
}
