package bake

import (
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/kernel"
)

// TestMemory: a box has memory for its programs and files, unless told how much.
func TestMemory(t *testing.T) {
	files := []tree.Entry{{Path: "/services/a", Mode: 0o755, Content: content.Zeros(20 << 20)}}
	tests := []struct {
		name            string
		set             int
		arch            string
		init, app       content.Content
		files           []tree.Entry
		want, sentences int
	}{
		{"a small program", 0, "amd64", content.Zeros(6 << 20), content.Zeros(20 << 20), nil, 128, 0},
		{"for arm64", 0, "arm64", content.Zeros(6 << 20), nil, nil, 256, 0},
		{"caddy", 0, "amd64", content.Zeros(6 << 20), content.Zeros(55 << 20), nil, 256, 1},
		{"with a service", 0, "amd64", content.Zeros(6 << 20), content.Zeros(55 << 20), files, 320, 1},
		{"one that is the init", 0, "amd64", content.Zeros(40 << 20), nil, nil, 192, 1},
		{"pictures", 0, "amd64", content.Zeros(6 << 20), nil, []tree.Entry{{Path: "/srv/a", Mode: 0o644, Content: content.Zeros(100 << 20)}}, 384, 1},
		{"as it is set", 100, "amd64", content.Zeros(40 << 20), nil, nil, 100, 0},
	}
	for _, test := range tests {
		said := &lines{}
		o := &Options{Memory: test.set}
		got := o.memory(said, image.Machine{Kernel: kernel.Kernel{Arch: test.arch}, Init: test.init, App: test.app, Files: test.files})
		if got != test.want || strings.Count(said.String(), "\n") != test.sentences {
			t.Errorf("%s: %d MiB, want %d; it said %q", test.name, got, test.want, said)
		}
	}
}
