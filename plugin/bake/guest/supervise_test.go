package guest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

func TestSupervise(t *testing.T) {
	tests := []struct {
		name    string
		options map[string]any
		failure string
		program config.Program
	}{
		{"none", map[string]any{}, "", config.Program{}},
		{"all", map[string]any{"check": "http://:80/", "check_timeout": 5, "restart_delay": "5s", "crash_limit": 3, "crash_window": 60, "crash_action": "halt",
			"no_new_privileges": true, "read_only": true, "writable": []string{"/data"}, "memory": 64}, "",
			config.Program{Check: "http://:80/", CheckTimeout: 5, RestartDelay: "5s", CrashLoop: config.CrashLoop{Failures: 3, Window: 60, Action: "halt"},
				NoNewPrivileges: true, ReadOnly: true, Writable: []string{"/data"}, Memory: 64}},
		{"no such check", map[string]any{"check": "ping"}, `check must be http://`, config.Program{}},
		{"no such action", map[string]any{"crash_limit": 1, "crash_action": "explode"}, "crash_action must be reboot or halt", config.Program{}},
		{"no such delay", map[string]any{"restart_delay": "soon"}, `restart_delay must be a time such as 5s, not "soon"`, config.Program{}},
		{"no limit", map[string]any{"crash_action": "halt"}, "need crash_limit", config.Program{}},
		{"no check", map[string]any{"check_timeout": 5}, "check_timeout needs check", config.Program{}},
		{"negative", map[string]any{"memory": -1}, "below 0", config.Program{}},
		{"writable anyway", map[string]any{"writable": []string{"/data"}}, "needs read_only", config.Program{}},
		{"relative", map[string]any{"read_only": true, "writable": []string{"data"}}, "absolute paths", config.Program{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s Supervise
			err := decode(t, test.options, &s)
			if test.failure != "" {
				if err == nil || !strings.Contains(err.Error(), test.failure) {
					t.Errorf("%v, want %q", err, test.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var told config.Program
			if s.Tell(&told); !reflect.DeepEqual(told, test.program) {
				t.Errorf("%+v, want %+v", told, test.program)
			}
		})
	}
	if err := decode(t, map[string]any{"device": "/dev/watchdog1"}, &Watchdog{}); err == nil {
		t.Error("a watchdog without a timeout")
	}
}
