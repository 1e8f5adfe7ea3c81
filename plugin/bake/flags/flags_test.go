package flags

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/bake/guest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
)

func parse(args ...string) (bake.Options, error) {
	var o bake.Options
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	Add(set, &o, "catalog", "output-gce")
	return o, set.Parse(args)
}

func TestFlags(t *testing.T) {
	got, err := parse("--output-iso", "x.iso", "--env", "A=1", "--env", "B=2=3", "--cpus=2", "--modules", "a.ko", "--modules", "b,c.ko",
		"--disk-drivers", "--network-address", "10.0.0.2/8", "--ssh-enabled", "--supervise-crash-limit=3",
		"--file", `C:\conf:/etc/conf`, "--file", "a:b:/c/", "--publish", "8080:80", "--publish", "22:22")
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := bake.Options{
		OutputISO: "x.iso", Env: map[string]string{"A": "1", "B": "2=3"}, CPUs: 2, Modules: []string{"a.ko", "b,c.ko"}, DiskDrivers: &yes,
		Network: guest.Network{Address: "10.0.0.2/8"}, SSH: guest.SSH{Enabled: true}, Supervise: guest.Supervise{CrashLimit: 3},
		Files:          []bake.File{{Source: filepath.Clean(`C:\conf`), Destination: "/etc/conf"}, {Source: "a:b", Destination: "/c/"}},
		ForwardedPorts: []bake.ForwardedPort{{Host: 8080, Guest: 80}, {Host: 22, Guest: 22}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFlagsRefuse(t *testing.T) {
	for arg, want := range map[string]string{
		"--env=A":             `"A" is not NAME=value`,
		"--file=x":            `"x" is not SRC:DST, where DST is an absolute path`,
		"--file=x:y":          "absolute path",
		"--publish=80":        `"80" is not HOST:GUEST, such as 8080:80`,
		"--publish=a:80":      "is not HOST:GUEST",
		"--catalog-name=a/b":  "unknown flag",
		"--output-gce=x":      "unknown flag",
		"--cpus=many":         "invalid",
		"--network=10.0.0.1":  "unknown flag",
		"--network-interface": "unknown flag",
	} {
		if _, err := parse(arg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", arg, err, want)
		}
	}
}

// TestUsage: every flag has its sentence, and usage.txt is what the comments say.
func TestUsage(t *testing.T) {
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	Add(set, &bake.Options{})
	set.VisitAll(func(f *pflag.Flag) {
		if f.Usage == "" {
			t.Errorf("--%s has no sentence", f.Name)
		}
	})
	tooltest.Need(t, "go")
	was, err := os.ReadFile("usage.txt")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "usage.txt")
	tooltest.Run(t, "go", "run", "./generate", path)
	if is, err := os.ReadFile(path); err != nil || string(is) != string(was) {
		t.Errorf("usage.txt is not up to date: run scripts/docs (%v)", err)
	}
}
