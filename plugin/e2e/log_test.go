package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/vm/vmtest"
)

// chronyd starts an independent time server, whose clock is this machine's, and
// returns its port.
func chronyd(t testing.TB) string {
	t.Helper()
	path := tooltest.Need(t, "chronyd")
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.LocalAddr().String())
	_ = free.Close()
	dir := t.TempDir()
	conf := fmt.Sprintf("local stratum 5\nbindaddress 127.0.0.1\nport %s\nallow 127.0.0.1\ncmdport 0\nbindcmdaddress /\npidfile %s/pid\n", port, dir)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	// -x: it leaves this machine's clock alone; -d: it stays in the foreground.
	server := exec.Command(path, "-x", "-d", "-u", "root", "-f", filepath.Join(dir, "conf"))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	return port
}

// TestLogAndClock: a machine whose clock is five years off sets it by a time
// server, and then trusts the certificate of the syslog server, which gets every
// line there was: the kernel's, PID 1's, the program's. It also gets those that
// came while it was gone. Then the kernel crashes, and the next run says so.
func TestLogAndClock(t *testing.T) {
	logs := newLogServer(t)
	started := time.Now()
	c := config.Default()
	c.Hostname = "web"
	c.Log = config.Log{Server: "tls://10.0.2.2:" + logs.port(), CA: logs.ca}
	c.Clock = config.Clock{Servers: []string{"10.0.2.2:" + chronyd(t)}}
	m := vmtest.Machine{
		Kernel: "debian", Package: testdata(t, "logger"), Config: c, Append: "panic=1",
		VM: vm.Options{Extra: []string{
			"-rtc", "base=2021-01-01", "-cpu", "qemu64,+rdrand",
			// A memory that survives a crash: ACPI's error record serialization table.
			"-object", "memory-backend-file,id=erst,mem-path=" + filepath.Join(t.TempDir(), "erst") + ",size=64k,share=on",
			"-device", "acpi-erst,memdev=erst",
		}},
	}
	v := m.Boot(t)
	if seconds, err := strconv.ParseInt(vmtest.Get(t, v, "/time"), 10, 64); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
		t.Errorf("the machine's time is %v, %v", time.Unix(seconds, 0), err)
	}
	vmtest.Expect(t, v, "machine: clock: set to "+config.Released+"T00:00:00Z: 2021-01-01T", "by 10.0.2.2:", "machine: boot: kernel ", ", listening at ")
	for want, priority := range map[string]string{
		"] Linux version ": "<5>1", "] random: crng init done": "<5>1",
		"] Hello World! This is scratchmachine": "<30>1", "] machine: boot: kernel ": "<30>1",
		`] level=WARN msg="random numbers"`: "<12>1",
	} {
		message := logs.find(want)
		t.Log(message)
		fields := strings.SplitN(message, " ", 4) // <PRI>1 time host ...
		at, err := time.Parse(time.RFC3339Nano, fields[1])
		if err != nil || at.Before(started.Add(-time.Minute)) || at.After(time.Now().Add(time.Minute)) {
			t.Errorf("%s: the time is not now: %v", message, err)
		}
		if fields[0] != priority || fields[2] != "web" {
			t.Errorf("%s: not %s of web", message, priority)
		}
	}

	const lines = 300
	vmtest.Get(t, v, "/log?to=10")
	logs.find("] level=INFO msg=line number=9")
	logs.stop()
	vmtest.Get(t, v, fmt.Sprintf("/log?to=%d", lines))
	vmtest.Expect(t, v, "machine: log: sending to tls://10.0.2.2:")
	logs.start()
	for i := range lines {
		logs.find(fmt.Sprintf("] level=INFO msg=line number=%d", i))
	}
	if n := strings.Count(v.Console(), "machine: clock: "); n != 2 {
		t.Errorf("the clock has more to say:\n%s", v.Console())
	}
	_, _ = v.Get(vmtest.Within(t, 5*time.Second), "/crash") // nobody answers
	vmtest.WaitOff(t, v)

	v = m.Boot(t)
	vmtest.Expect(t, v, "machine: crash: the machine's last run ended with: Panic (dmesg-erst-", "Kernel panic - not syncing: sysrq triggered crash")
	logs.find("Kernel panic - not syncing: sysrq triggered crash")
	vmtest.Monitor(t, v, "system_powerdown")
	vmtest.WaitOff(t, v)
	logs.find("] machine: power button: powering off")
	for _, failed := range []string{"machine: crash: remove", "machine: clock: setting", "machine: kernel log: "} {
		if strings.Contains(v.Console(), failed) {
			t.Errorf("the console shows %q", failed)
		}
	}
}
