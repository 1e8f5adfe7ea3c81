package logging

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// TestMachine: a machine's log gets lines with their severity and without the time.
func TestMachine(t *testing.T) {
	var out bytes.Buffer
	upper := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "disk" {
			a.Value = slog.StringValue(strings.ToUpper(a.Value.String()))
		}
		return a
	}
	log := slog.New(newHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: upper}, true))
	log.With("disk", "sda").WithGroup("g").Warn("nearly full", "time", "now")
	const want = "level=WARN msg=\"nearly full\" disk=SDA g.time=now\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if severity, _ := logline.Parse(out.String()); severity != logline.Warning {
		t.Errorf("the machine takes it for %v", severity)
	}
}

// TestLaptop: elsewhere lines have the time, and the default level applies.
func TestLaptop(t *testing.T) {
	t.Setenv(MachineEnv, "")
	var out bytes.Buffer
	log := slog.New(newHandler(&out, nil, false))
	log.Debug("unseen")
	log.Info("seen")
	if !strings.HasPrefix(out.String(), "time=") || !strings.HasSuffix(out.String(), " level=INFO msg=seen\n") {
		t.Errorf("%q", out.String())
	}
	if !NewHandler(nil).Enabled(t.Context(), slog.LevelInfo) {
		t.Error("the default level hides Info")
	}
}
