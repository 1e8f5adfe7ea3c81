package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// real is a program of somebody else's, baked with the template packer/programs/NAME.
type real struct {
	t    *testing.T
	name string
	iso  string
	vm   vm.Options
}

// TestPrograms: programs that know nothing of scratchmachine do in it what they are for. With
// SCRATCHMACHINE_PROGRAMS, as in scripts/test --programs, these are all that have a template
// in packer/programs; otherwise those that are quickly built.
func TestPrograms(t *testing.T) {
	programs := []struct {
		name  string
		quick bool
		try   func(r *real)
	}{
		{"c", true, tryC}, {"rust", false, tryRust}, {"sqlite", true, trySQLite}, {"nats", true, tryNATS},
		{"caddy", false, tryCaddy}, {"coredns", false, tryCoreDNS}, {"etcd", false, tryEtcd},
		{"mailpit", false, tryMailpit}, {"prometheus", false, tryPrometheus},
	}
	templates, err := filepath.Glob(template(t, "programs/*/machine.pkr.hcl"))
	if err != nil || len(templates) != len(programs) {
		t.Errorf("there are %d templates and %d programs: %v", len(templates), len(programs), err)
	}
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			if !p.quick && os.Getenv("SCRATCHMACHINE_PROGRAMS") == "" {
				t.Skip("only with scripts/test --programs")
			}
			p.try(&real{t: t, name: p.name})
		})
	}
}

// bake builds the program's template.
func (r *real) bake(variables ...string) {
	r.t.Helper()
	r.bakeTemplate(template(r.t, "programs/"+r.name), variables...)
}

func (r *real) bakeTemplate(path string, variables ...string) {
	r.t.Helper()
	p := newPacker(r.t)
	if out, err := p.run(r.t, "fmt", "-check", "-diff", path); err != nil {
		r.t.Errorf("packer fmt %s: %v\n%s", path, err, out)
	}
	args := []string{"-var", "kernel=" + filepath.Join(vmtest.KernelDir(r.t, "gokrazy"), "vmlinuz")}
	for _, v := range variables {
		args = append(args, "-var", v)
	}
	said := p.build(r.t, append(args, path)...)
	r.iso = filepath.Join(p.dir, "output", r.name+".iso")
	info, err := os.Stat(r.iso)
	if err != nil {
		r.t.Fatal(err)
	}
	r.vm.CDROM, r.vm.MemoryMiB = r.iso, 128
	if found := regexp.MustCompile(`A box has (\d+) MiB of memory`).FindStringSubmatch(said); found != nil {
		r.vm.MemoryMiB, _ = strconv.Atoi(found[1])
	}
	program := regexp.MustCompile(`Program .*, ([\d.]+) MB`).FindStringSubmatch(said)
	if program == nil {
		r.t.Fatalf("packer said nothing of the program:\n%s", said)
	}
	r.t.Logf("program %s MB, ISO %.1f MB, memory %d MiB", program[1], float64(info.Size())/1e6, r.vm.MemoryMiB)
}

// blankDisk gives the machine one, which it keeps over its boots.
func (r *real) blankDisk() {
	r.t.Helper()
	disk := filepath.Join(r.t.TempDir(), "data.img")
	if err := os.WriteFile(disk, nil, 0o644); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Truncate(disk, 512<<20); err != nil {
		r.t.Fatal(err)
	}
	r.vm.Extra = append(r.vm.Extra, "-drive", "if=virtio,format=raw,file="+disk)
}

// boot starts the machine. Its ports can be reached at the addresses that it returns, the
// first of them also by HTTP with vmtest.Get.
func (r *real) boot(ports ...int) (*vm.VM, []string) {
	r.t.Helper()
	o := r.vm
	addresses := make([]string, len(ports))
	for i, port := range ports {
		if i == 0 {
			o.Forwards = append(o.Forwards, qemu.Forward{Guest: port})
			continue
		}
		addresses[i] = freeAddress(r.t)
		_, host, _ := strings.Cut(addresses[i], ":")
		number, err := strconv.Atoi(host)
		if err != nil {
			r.t.Fatal(err)
		}
		o.Forwards = append(o.Forwards, qemu.Forward{Host: number, Guest: port})
	}
	v := vmtest.Boot(r.t, o)
	if len(ports) > 0 {
		addresses[0] = v.Address()
	}
	return v, addresses
}

// powerOff ends the machine by its power button, in order.
func (r *real) powerOff(v *vm.VM) {
	r.t.Helper()
	vmtest.Monitor(r.t, v, "system_powerdown")
	vmtest.WaitOff(r.t, v)
	if text := v.Console(); strings.Contains(text, "it did not end within") || !strings.Contains(text, "powering off") {
		r.t.Error("it did not end in order")
	}
}

// ready logs how long the machine took from power-on until it did what it is for.
func (r *real) ready(v *vm.VM) { r.t.Logf("ready %.1f s after power-on", v.Running().Seconds()) }

// eventually repeats what fails until a machine is there, as QEMU accepts connections for
// one that does not listen yet.
func (r *real) eventually(try func() error) {
	r.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal(err)
		}
	}
}

// compile runs a compiler, whose last argument is the program.
func (r *real) compile(compiler string, args ...string) string {
	r.t.Helper()
	out := filepath.Join(r.t.TempDir(), r.name)
	cmd := exec.CommandContext(r.t.Context(), tooltest.Need(r.t, compiler), append(args, "-o", out)...)
	if said, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v\n%s", compiler, err, said)
	}
	return out
}

// source is a file beside the template.
func (r *real) source(name string) string { return template(r.t, "programs/"+r.name+"/"+name) }

func tryC(r *real) {
	r.bake("program=" + r.compile("gcc", "-O2", "-static", r.source("hello.c")))
	r.greets("Hello from C\n")
}

func tryRust(r *real) {
	r.bake("program=" + r.compile("rustc", "-O", "-C", "target-feature=+crt-static", r.source("hello.rs")))
	r.greets("Hello from Rust\n")
}

func (r *real) greets(want string) {
	r.t.Helper()
	v, _ := r.boot(80)
	if got := vmtest.Get(r.t, v, "/"); got != want {
		r.t.Errorf("it says %q, want %q", got, want)
	}
	r.ready(v)
}

// trySQLite: what the database holds is there after a reboot.
func trySQLite(r *real) {
	r.t.Setenv("GOWORK", "off") // it is a module of its own
	r.bake()
	r.blankDisk()
	before := 0
	for range 2 {
		v, _ := r.boot(80)
		var visits int
		if _, err := fmt.Sscanf(vmtest.Get(r.t, v, "/"), "visits: %d\n", &visits); err != nil || visits <= before {
			r.t.Errorf("it counts %d visits, %d before: %v", visits, before, err)
		}
		before = visits
		r.ready(v)
		r.powerOff(v)
	}
}
