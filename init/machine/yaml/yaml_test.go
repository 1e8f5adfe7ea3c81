package yaml

import "testing"

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
