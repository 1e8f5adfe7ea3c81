//go:build linux

package service

import (
	"os"
	"testing"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
)

// The tables are the kernel's: one listener, one connection.
const (
	tcpHeader   = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	tcpListener = "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n"
	tcpAccepted = "   1: 0F02000A:0050 0202000A:C350 01 00000000:00000000 02:000005DC 00000000     0        0 4712 2 0 20 4 30 10 -1\n"
	tcp6Socket  = "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0\n"
)

func TestListening(t *testing.T) {
	tests := []struct {
		name, tcp, tcp6, own string
		want                 bool
	}{
		{"nothing", tcpHeader, tcpHeader, "", false},
		{"no tables", "", "", "", false},
		{"a connection", tcpHeader + tcpAccepted, "", "", false},
		{"a listener", tcpHeader + tcpAccepted + tcpListener, "", "", true},
		{"of IPv6", tcpHeader, tcpHeader + tcp6Socket, "", true},
		{"of PID 1 itself", tcpHeader + tcpListener, "", "4711", false},
		{"of both", tcpHeader + tcpListener, tcpHeader + tcp6Socket, "4711", true},
		{"garbage", "a b c 0A\n\x00", "", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newMachine(t, config.Program{})
			f.WriteFile(t, "proc/net/tcp", test.tcp)
			f.WriteFile(t, "proc/net/tcp6", test.tcp6)
			f.WriteFile(t, "proc/self/fd/x", "")
			if err := os.Symlink("socket:["+test.own+"]", f.Kernel.Path("proc/self/fd/5")); err != nil {
				t.Fatal(err)
			}
			if got := f.set.listening(); got != test.want {
				t.Errorf("listening is %v, want %v", got, test.want)
			}
		})
	}
}
