package postprocessor

import (
	"strings"
	"testing"
)

// TestConfigRefuses: what the options themselves refuse is tested where they are.
func TestConfigRefuses(t *testing.T) {
	tests := []struct {
		name    string
		options map[string]any
		want    string
	}{
		{"unknown option", map[string]any{"output_isso": "x"}, `"output_isso"`},
		{"catalog's template", map[string]any{"output_catalog": "x.json", "catalog": map[string]any{"name": "{{ .Name }}"}}, "the catalog's name: "},
		{"template", map[string]any{"output_iso": "{{ .BuildName"}, "invalid 'output_iso'"},
		{"an option", map[string]any{"cpus": 65}, "cpus must be from 1 to 64, not 65"},
		{"two", map[string]any{"cpus": 65, "memory": 32}, "2 error(s)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c Config
			// Packer configures a post-processor twice.
			_ = c.decode(test.options)
			if err := c.decode(test.options); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestDefaultOutputs(t *testing.T) {
	var c Config
	if err := c.decode(map[string]any{}); err != nil || c.OutputISO != "packer_{{ .BuildName }}.iso" || c.OutputBox != "packer_{{ .BuildName }}_{{ .Provider }}.box" {
		t.Errorf("outputs %q, %q: %v", c.OutputISO, c.OutputBox, err)
	}
	if err := c.decode(map[string]any{"output_iso": "x.iso"}); err != nil || c.OutputISO != "x.iso" || c.OutputBox != "" {
		t.Errorf("outputs %q, %q: %v", c.OutputISO, c.OutputBox, err)
	}
}
