package postprocessor

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
			var c Config
			err := c.decode(map[string]any{"supervise": test.options, "watchdog": map[string]any{"timeout": 20}})
			if test.failure != "" {
				if err == nil || !strings.Contains(err.Error(), test.failure) {
					t.Errorf("%v, want %q", err, test.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			guest := c.guest()
			if guest.Program.Env, guest.Program.UID, guest.Program.GID = nil, 0, 0; !reflect.DeepEqual(guest.Program, test.program) {
				t.Errorf("%+v, want %+v", guest.Program, test.program)
			}
			if guest.Watchdog != (config.Watchdog{Timeout: 20}) {
				t.Errorf("%+v", guest.Watchdog)
			}
		})
	}
	var c Config
	if err := c.decode(map[string]any{"watchdog": map[string]any{"device": "/dev/watchdog1"}}); err == nil {
		t.Error("a watchdog without a timeout")
	}
}
