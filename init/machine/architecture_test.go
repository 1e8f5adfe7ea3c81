package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/tooltest"
)

// prefix starts the import paths of all the init's packages.
const prefix = "github.com/scratchmachine/packer-plugin-scratchmachine/init/"

// ground lists the packages that every room may import.
var ground = []string{"config", "internal/kernelapi", "internal/report", "internal/textfile"}

// TestArchitecture checks which package may import which (ARCHITECTURE.md).
func TestArchitecture(t *testing.T) {
	tooltest.Need(t, "go")
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, prefix+"...")
	list.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	rooms := 0
	for line := range strings.Lines(string(out)) {
		paths := strings.Fields(line)
		from := strings.TrimPrefix(paths[0], prefix)
		if strings.HasPrefix(from, "internal/") {
			rooms++
		}
		for _, path := range paths[1:] {
			if to, ours := strings.CutPrefix(path, prefix); ours && !mayImport(from, to) {
				t.Errorf("%s imports %s", from, to)
			}
			if from == "machine" && path == "golang.org/x/sys/unix" {
				t.Error("machine makes system calls itself")
			}
		}
	}
	if rooms < 30 {
		t.Errorf("only %d packages were looked at", rooms)
	}
}

func mayImport(from, to string) bool {
	room := roomOf(to)
	switch {
	case to == "config" || roomOf(from) == room && room != "":
		return true
	case strings.HasPrefix(to, "internal/kernelapi/kernelfake"), to == "internal/abitest":
		return false // only tests import these
	case onGround(from):
		return onGround(to) && from != "config"
	case onGround(to):
		return true
	case from == "machine": // the rooms themselves, except those that only a person needs
		return "internal/"+room == to && room != "debug" || to == "internal/clock"
	case strings.HasPrefix(from, "machine/debug"):
		return room == "debug" || to == "machine"
	case strings.HasPrefix(from, "internal/"):
		return to == "internal/tooltest" && from == "internal/abitest"
	}
	return !strings.HasPrefix(to, "internal/")
}

// roomOf returns the room to which a package belongs, or "" if it belongs to none.
func roomOf(path string) string {
	below, ok := strings.CutPrefix(path, "internal/")
	if !ok {
		return ""
	}
	room, _, _ := strings.Cut(below, "/")
	return room
}

func onGround(path string) bool {
	for _, g := range ground {
		if path == g || strings.HasPrefix(path, g+"/") {
			return true
		}
	}
	return false
}

// TestMayImport: the rules refuse the imports that they are meant to refuse.
func TestMayImport(t *testing.T) {
	for arrow, want := range map[string]bool{
		"machine internal/network":                         true,
		"machine internal/network/dhcp4":                   false,
		"machine internal/debug":                           false,
		"machine internal/debug/sshd":                      false,
		"internal/network internal/network/dhcp4":          true,
		"internal/network internal/clock":                  false,
		"internal/service internal/kernelapi/kmsg":         true,
		"internal/service internal/kernelapi/kernelfake":   false,
		"internal/service machine":                         false,
		"internal/kernelapi internal/journal":              false,
		"internal/settings/source internal/settings/layer": true,
		"machine/debug internal/debug/sshd":                true,
		"demo machine":                                     true,
		"demo internal/network":                            false,
		"logging internal/journal/logline":                 false,
	} {
		from, to, _ := strings.Cut(arrow, " ")
		if got := mayImport(from, to); got != want {
			t.Errorf("%s: %v, want %v", arrow, got, want)
		}
	}
}

// TestSmallFace: this package only composes and orders, so it has few files.
func TestSmallFace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) > 25 {
		t.Errorf("%d files, want 25 at most; %v", len(files), err)
	}
}
