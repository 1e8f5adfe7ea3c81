package stock

import (
	"context"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

// TestStockPrograms: both can be PID 1 themselves, on each architecture.
func TestStockPrograms(t *testing.T) {
	for name, get := range map[string]func(context.Context, string) ([]byte, error){"init": Init, "debug": DebugInit, "demo": Demo, "exec": ExecInit} {
		for _, arch := range []string{"amd64", "arm64"} {
			image, err := get(t.Context(), arch)
			if err != nil {
				tooltest.Missing(t, "%v", err)
			}
			p, err := program.Parse(content.Bytes(image), arch)
			if err != nil || !p.Machine {
				t.Errorf("%s for %s: Machine %v, %v", name, arch, p.Machine, err)
			}
		}
	}
}

func TestUnknownArchitecture(t *testing.T) {
	_, err := Init(t.Context(), "riscv64")
	if err == nil || !strings.Contains(err.Error(), "go generate ./plugin/stock") {
		t.Errorf("got %v", err)
	}
}
