package box

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/tooltest"
	"github.com/scratchmachine/packer-plugin-scratchmachine/vagrant"
)

// runRuby runs testdata/probe.rb, which loads the Vagrantfile at the place of
// Vagrant and asks its communicator whether the machine is ready.
func runRuby(t *testing.T, guest int, args ...string) string {
	t.Helper()
	ruby := tooltest.Need(t, "ruby")
	content, err := vagrant.Boxfile(vagrant.Box{Forwards: []vagrant.Forward{{Guest: guest, Host: 8080}}, CPUs: 1, MemoryMiB: 128, Card: "virtio"})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "Vagrantfile")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(ruby, append([]string{"-w", filepath.Join("testdata", "probe.rb"), file}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestReady(t *testing.T) {
	web := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
		return port
	}
	tests := []struct {
		name, port, want string
	}{
		{"answers 200", web(200), "true"},
		{"answers 404", web(404), "true"},
		{"answers 500", web(500), "true"},
		{"another protocol", listen(t, func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-x\r\n") }), "true"},
		{"accepts and closes, as NAT does for a machine that is not up", listen(t, func(net.Conn) {}), "false"},
		{"refuses", "1", "false"},
		{"not forwarded", "", "true"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := runRuby(t, 80, test.port); got != test.want {
				t.Errorf("ready? is %s, want %s", got, test.want)
			}
			if got := runRuby(t, 80, test.port, "qemu"); got != test.want {
				t.Errorf("with vagrant-qemu ready? is %s, want %s", got, test.want)
			}
		})
	}
}

// TestReadyOnLibvirt: the machine is asked at its own address, once it has one.
func TestReadyOnLibvirt(t *testing.T) {
	port, _ := strconv.Atoi(listen(t, func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-x\r\n") }))
	for address, want := range map[string]string{"127.0.0.1": "true", "127.9.9.9": "false", "": "false"} {
		if got := runRuby(t, port, "", address); got != want {
			t.Errorf("%q: ready? is %s, want %s", address, got, want)
		}
	}
}

// listen serves connections with serve and then closes them. It returns the port.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			_ = conn.Close()
		}
	}()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
