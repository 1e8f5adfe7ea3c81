package vm

import (
	"net"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/qemu"
)

// Monitor runs a command of QEMU's human monitor, such as "system_powerdown"
// or "sendkey ctrl-alt-delete", and returns what it printed.
func (v *VM) Monitor(command string) (string, error) {
	s, err := v.Session()
	if err != nil {
		return "", err
	}
	defer s.Close()
	return s.Monitor(command)
}

// Session connects to QEMU's monitor. The caller must call Close.
func (v *VM) Session() (*qemu.Session, error) {
	conn, err := dial(v.monitorPath())
	if err != nil {
		return nil, errors.Wrap(err, "reaching QEMU's monitor")
	}
	return qemu.NewSession(conn)
}

// dial waits for QEMU to make its socket.
func dial(path string) (net.Conn, error) {
	for attempt := 0; ; attempt++ {
		conn, err := net.Dial("unix", path)
		if err == nil || attempt == 100 {
			return conn, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}
