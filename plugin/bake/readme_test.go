package bake

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
)

func readme(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestReadmeOptions: the README's table names every option.
func TestReadmeOptions(t *testing.T) {
	text := readme(t)
	for _, options := range []any{Options{}, ForwardedPort{}, Catalog{}, File{}, Service{},
		guest.Network{}, guest.Interface{}, guest.Route{}, guest.Clock{}, guest.Log{}, guest.Supervise{}, guest.Watchdog{}} {
		fields := reflect.TypeOf(options)
		for i := range fields.NumField() {
			name := fields.Field(i).Tag.Get("mapstructure")
			if name == "" || name == ",squash" {
				continue
			}
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("the README does not name the option %s", name)
			}
		}
	}
}

// TestReadmeDemo: the program in the README is the demonstration.
func TestReadmeDemo(t *testing.T) {
	demo, err := os.ReadFile(filepath.Join("..", "..", "init", "demo", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(readme(t), "```go\n"+string(demo)+"```") {
		t.Error("the README's program is not init/demo/main.go")
	}
}
