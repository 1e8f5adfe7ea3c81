package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
)

// TestServices: a machine with a main program and several services, from a template to
// its end by SSH. One of them is killed 50 times, while the main program serves on. Their
// log goes to a server over TLS, whose authority the machine trusts.
func TestServices(t *testing.T) {
	g, logs := newGuest(t), newLogServer(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(logs.ca), 0o644); err != nil {
		t.Fatal(err)
	}
	elf, remove, err := program.Build{Package: testdata(t, "services"), Arch: "amd64"}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	service := func(name, options string) string {
		return fmt.Sprintf("service {\nname = %q\nprogram = %q\n%s\n}\n", name, elf, options)
	}
	_, iso, said := buildKernel(t, fmt.Sprintf(`
    kernel  = %q
    program = %q
    args    = ["serve"]
    log {
      server = "tls://10.0.2.2:%s"
    }
    ca_certificates = [%q]
    ssh {
      enabled         = true
      authorized_keys = [file(%q)]
    }
`, filepath.Join(vmtest.KernelDir(t, "gokrazy"), "vmlinuz"), elf, logs.port(), ca, filepath.Join(g.dir, "key.pub"))+
		service("migrate", `args = ["migrate"]
kind   = "oneshot"
user   = "app"
before = ["app"]`)+
		service("sidecar", `args = ["listen"]
check  = "tcp://127.0.0.1:81"
before = ["app"]`)+
		service("tick", `args = ["tick"]
kind  = "timer"
every = "2s"`)+
		service("victim", `args = ["wait"]
after         = ["app"]
restart_delay = "10ms"`)+
		service("broken", `args = ["fail"]
kind = "oneshot"`)+
		service("late", `args = ["wait"]
after = ["broken"]`))
	if want := "Service tick, "; !strings.Contains(said, want) {
		t.Errorf("packer did not say %q:\n%s", want, said)
	}
	g.address = freeAddress(t)
	v := vmtest.Boot(t, vm.Options{CDROM: iso, MemoryMiB: 192, NIC: "e1000,hostfwd=tcp:" + g.address + "-:22"})

	vmtest.Get(t, v, "/")
	vmtest.Expect(t, v, "migrate: migrated", "machine: migrate: done after ", "machine: sidecar: ready after ", "app: serving, migrated: true",
		"machine: broken: exit status 3: NOT STARTING what comes after it: late", "tick: tick of tick in /var/lib/tick")
	if text := v.Console(); strings.Index(text, "machine: sidecar: ready after ") > strings.Index(text, "app: serving") {
		t.Error("the program did not wait for what is before it")
	}
	wantSmall(t, v, 24) // with SSH, and TLS for the log
	logs.find("] tick of tick in /var/lib/tick")
	logs.find("] machine: broken: exit status 3: NOT STARTING what comes after it: late")

	requests := requestAlways(t, "http://"+v.Address()+"/")
	g.ssh(`for i in {1..50}; do until p=$(pidof victim); do sleep 0.02; done; kill -9 $p; while [ "$(pidof victim)" = "$p" ]; do sleep 0.02; done; done`)
	sent, failed := requests()
	t.Logf("50 kills of a service: %d requests to the program, %d failed", sent, failed)
	if failed != 0 || sent < 10 {
		t.Errorf("%d of %d requests failed", failed, sent)
	}

	for _, c := range []struct{ line, want string }{
		{"service list", "late     simple   0    0         waits for broken"},
		{"service status victim", "killed by signal 9 (killed)"},
		{"service logs tick -n 2", "tick.info: tick of tick in /var/lib/tick\n"},
		{"service logs broken", "machine.err: machine: broken: exit status 3"},
		{"service stop sidecar; service status sidecar", "stopped"},
		{"service start sidecar; sleep 1; service", "running"},
		{"service restart victim && service", "app "},
		{"service stop nobody 2>&1 || true", `there is no service "nobody"`},
		{"ps | grep ' victim '", "/services/victim wait"},
		{"cat /etc/passwd", "victim:x:"},
		{"ls -l /var/lib/tick", "tick"},
	} {
		if out := g.ssh(c.line); !strings.Contains(out, c.want) {
			t.Errorf("%s: %q is not in\n%s", c.line, c.want, out)
		}
	}
	if n := strings.Count(v.Console(), "machine: victim: killed by signal 9 (killed); starting it again in "); n != 50 {
		t.Errorf("%d kills are on the console", n)
	}
	g.ssh("poweroff")
	vmtest.WaitOff(t, v)
	inOrder(t, v.Console(), "stopping the service victim", "victim: bye from wait", "stopping the program", "app: bye from serve",
		"stopping the service sidecar", "sidecar: bye from listen", "powering off")
}

// TestServicesTemplate: the template of several programs does what docs/services.md says.
func TestServicesTemplate(t *testing.T) {
	r := &real{t: t, name: "services"}
	r.bakeTemplate(template(t, "services.pkr.hcl"), "backup=2s")
	r.blankDisk()
	v, _ := r.boot(80)
	if got := vmtest.Get(t, v, "/"); got != "The first note.\n" {
		t.Errorf("got %q", got)
	}
	vmtest.Expect(t, v, "migrate: making /data/notes", "machine: migrate: done after ", "backup: 16 bytes to /data/notes.backup")
	r.powerOff(v)
	inOrder(t, v.Console(), "machine: data: /dev/vda is on /data", "machine: migrate: done after ", "machine: app: ready after ", "stopping the service metrics", "stopping the program")
}

// TestServicesAreSmall: so is the stock init, which has neither SSH nor a page, with five
// of them.
func TestServicesAreSmall(t *testing.T) {
	c := config.Default()
	c.Program.Args = []string{"serve"}
	c.Services = map[string]config.Service{}
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		s := config.Service{Program: config.Program{Path: "/app", Args: []string{"wait"}, UID: 1000, GID: 1000}}
		if name == "e" {
			s.Kind, s.Every, s.Args = config.KindTimer, "1s", []string{"migrate"}
		}
		c.Services[name] = s
	}
	v := vmtest.Machine{Package: testdata(t, "services"), Config: c, Append: "machine.services.a.args=fail"}.Boot(t)
	vmtest.Expect(t, v, "machine: config: from kernel command line: services.a.args", "machine: a: exit status 3; starting it again in ", "e: migrated")
	wantSmall(t, v, 12)
}

// wantSmall wants PID 1 to take at most so many MiB.
func wantSmall(t *testing.T, v *vm.VM, most int) {
	t.Helper()
	rss := residentKiB(t, vmtest.Get(t, v, "/read?path=/proc/1/status"))
	t.Logf("PID 1 takes %.1f MB", float64(rss)/1024)
	if rss > most<<10 {
		t.Errorf("PID 1 takes %d KiB, want %d MiB at most", rss, most)
	}
}

// requestAlways asks for a page again and again. What it returns ends that, and says how
// many times it asked, and how often it got no answer.
func requestAlways(t *testing.T, url string) (end func() (sent, failed int)) {
	t.Helper()
	client := http.Client{Timeout: time.Minute}
	stop, stopped := make(chan struct{}), make(chan struct{})
	sent, failed := 0, 0
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
			sent++
			response, err := client.Get(url)
			if err != nil {
				failed++
				t.Log(err)
				continue
			}
			body, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil || string(body) != "here" {
				failed++
				t.Log(response.Status, string(body), err)
			}
		}
	}()
	return func() (int, int) {
		close(stop)
		<-stopped
		return sent, failed
	}
}

// inOrder wants texts to follow each other.
func inOrder(t *testing.T, console string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		i := strings.Index(console, text)
		if i < 0 {
			t.Errorf("%q is not there, or not behind the one before", text)
			continue
		}
		console = console[i:]
	}
}
