package bake

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/stock"
)

func TestServicesRefuse(t *testing.T) {
	type block = map[string]any
	web := func(more block) block {
		b := block{"name": "web", "program": "x"}
		for option, value := range more {
			b[option] = value
		}
		return b
	}
	tests := []struct {
		blocks []block
		want   string
	}{
		{[]block{web(nil), web(nil)}, `service "web": another block has the same name: give each its own`},
		{[]block{{"program": "x"}}, `service "": name must be 1 to 32 small letters, digits and -, a letter first, not ""`},
		{[]block{{"name": "Web_1", "program": "x"}}, `service "Web_1": name must be 1 to 32 small letters`},
		{[]block{{"name": "app", "program": "x"}}, `service "app": name: app is the main program: choose another`},
		{[]block{{"name": "web"}}, `service "web": give either program or package`},
		{[]block{web(block{"package": "./x"})}, `service "web": give either program or package`},
		{[]block{web(block{"build_flags": []string{"-v"}})}, `service "web": build_flags needs package`},
		{[]block{web(block{"kind": "daemon"})}, `service "web": kind must be simple, oneshot or timer, not "daemon"`},
		{[]block{web(block{"kind": "oneshot", "check": "tcp://127.0.0.1:80"})}, `service "web": check is for a service that goes on running`},
		{[]block{web(block{"kind": "timer", "every": "1h", "restart_delay": "1s"})}, `service "web": restart_delay is for a service that goes on running`},
		{[]block{web(block{"every": "1h"})}, `service "web": every needs kind = "timer"`},
		{[]block{web(block{"kind": "timer"})}, `service "web": a timer needs every`},
		{[]block{web(block{"kind": "timer", "every": "99 * * * *"})}, `service "web": every must be an interval such as 1h`},
		{[]block{web(block{"check": "ftp://x"})}, `service "web": check must be http://`},
		{[]block{web(block{"env": block{"A=": "1"}})}, `service "web": env: "A==1" cannot be`},
		{[]block{web(block{"user": "www"})}, `service "web": user: there is no user "www": there are root, nobody, app, and every number`},
		{[]block{web(block{"after": []string{"db"}})}, `service: web: after: there is no service "db"`},
		{[]block{web(block{"after": []string{"web"}})}, "service: web: after: a service cannot wait for itself"},
		{[]block{web(block{"after": []string{"app"}, "before": []string{"app"}})}, "service: after, before: app, web can never start, as each waits for another of them"},
		{[]block{web(block{"kind": "timer", "every": "1h", "before": []string{"app"}})}, "service: web: before: web is a timer, which nothing can wait for"},
	}
	for _, test := range tests {
		if _, err := decode(t, block{"service": test.blocks}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %s", test.blocks, err, test.want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: not one error: %v", test.blocks, err)
		}
	}
}

// TestServices: what a machine with services is told, and what is in it.
func TestServices(t *testing.T) {
	b := newBench(t)
	elf, err := stock.Init(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	program := b.put(t, "web", elf)
	b.options["service"] = []map[string]any{
		{"name": "web", "program": program, "args": []string{"-v", "a b"}, "env": map[string]string{"B": "2", "A": "1"}, "after": []string{"migrate"},
			"check": "tcp://127.0.0.1:81", "memory": 64, "crash_limit": 3, "crash_action": "halt"},
		{"name": "migrate", "program": program, "kind": "oneshot", "user": "app", "before": []string{"app"}},
		{"name": "backup", "program": program, "kind": "timer", "every": "30 4 * * *", "user": "root"},
	}
	b.options["file"] = []map[string]any{{"content": "x", "destination": "/var/lib/web/seed", "owner": "web"}}
	archive, said := b.initramfs(t)
	var told config.Config
	if err := json.Unmarshal([]byte(textOf(t, archive, "etc/machine.json")), &told); err != nil {
		t.Fatal(err)
	}
	const web = 37825
	want := map[string]config.Service{
		"web": {After: []string{"migrate"}, Program: config.Program{
			Path: "/services/web", Args: []string{"-v", "a b"}, Env: []string{"A=1", "B=2"}, Check: "tcp://127.0.0.1:81", UID: web, GID: web, Memory: 64,
			CrashLoop: config.CrashLoop{Failures: 3, Action: "halt"},
		}},
		"migrate": {Kind: "oneshot", Before: []string{"app"}, Program: config.Program{Path: "/services/migrate", UID: 1000, GID: 1000}},
		"backup":  {Kind: "timer", Every: "30 4 * * *", Program: config.Program{Path: "/services/backup"}},
	}
	if diff := cmp.Diff(want, told.Services); diff != "" {
		t.Error(diff)
	}
	listing := list(t, archive)
	for _, line := range []string{"-rwxr-xr-x 1 0 0 services/web\n", "-rwxr-xr-x 1 0 0 services/backup\n", "drwxr-xr-x 2 37825 37825 var/lib/web\n", "-rw-r--r-- 1 37825 37825 var/lib/web/seed\n"} {
		if !strings.Contains(listing, line) {
			t.Errorf("without %q:\n%s", line, listing)
		}
	}
	if strings.Contains(listing, "var/lib/migrate") {
		t.Errorf("a folder of nobody's:\n%s", listing)
	}
	if passwd := textOf(t, archive, "etc/passwd"); !strings.Contains(passwd, "web:x:37825:37825:web:/var/lib/web:") {
		t.Error(passwd)
	}
	for _, line := range []string{"MB: runs as the user 37825, group 37825\n", "MB, oneshot: runs as the user 1000", "MB, timer, every 30 4 * * *: runs as the user 0"} {
		if !strings.Contains(said, line) {
			t.Errorf("it did not say %q:\n%s", line, said)
		}
	}
}

// TestServiceNeeds: what one of the programs can need is there.
func TestServiceNeeds(t *testing.T) {
	b := newBench(t)
	if _, said := b.initramfs(t); strings.Contains(said, "Mozilla") {
		t.Fatalf("the demonstration needs no authorities:\n%s", said)
	}
	elf, err := stock.DebugInit(t.Context(), "amd64") // its curl does
	if err != nil {
		t.Fatal(err)
	}
	b.options["service"] = []map[string]any{{"name": "web", "program": b.put(t, "web", elf)}}
	if _, said := b.initramfs(t); !strings.Contains(said, "Certificate authorities of Mozilla") {
		t.Errorf("a service does:\n%s", said)
	}
}

// TestServiceNotThere: the error names the block.
func TestServiceNotThere(t *testing.T) {
	b := newBench(t)
	b.options["service"] = []map[string]any{{"name": "web", "program": filepath.Join(b.dir, "nowhere")}}
	if _, _, err := b.run(t.Context(), t); err == nil || !strings.HasPrefix(err.Error(), `service "web": program: `) {
		t.Error(err)
	}
	b.options["service"] = []map[string]any{{"name": "web", "program": b.put(t, "run.sh", []byte("#!/bin/sh"))}}
	if _, _, err := b.run(t.Context(), t); err == nil || !strings.HasPrefix(err.Error(), `service "web": the program `) {
		t.Error(err)
	}
}
