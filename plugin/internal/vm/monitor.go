package vm

import (
	"encoding/json"
	"net"
	"time"

	"github.com/pkg/errors"
)

// Monitor runs a command of QEMU's human monitor, such as "system_powerdown"
// or "sendkey ctrl-alt-delete", and returns what it printed.
func (v *VM) Monitor(command string) (string, error) {
	conn, err := dial(v.monitorPath())
	if err != nil {
		return "", errors.Wrap(err, "reaching QEMU's monitor")
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	if _, err := execute(in, out, "qmp_capabilities", nil); err != nil {
		return "", err
	}
	return execute(in, out, "human-monitor-command", map[string]string{"command-line": command})
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

// execute sends one QMP command and returns its answer, passing over the
// greeting and events.
func execute(in *json.Decoder, out *json.Encoder, command string, arguments map[string]string) (string, error) {
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	if err := out.Encode(request); err != nil {
		return "", errors.Wrapf(err, "sending %s to QEMU", command)
	}
	for {
		var answer struct {
			Return json.RawMessage `json:"return"`
			Error  *struct {
				Desc string `json:"desc"`
			} `json:"error"`
		}
		if err := in.Decode(&answer); err != nil {
			return "", errors.Wrapf(err, "reading QEMU's answer to %s", command)
		}
		if answer.Error != nil {
			return "", errors.Errorf("QEMU refused %s: %s", command, answer.Error.Desc)
		}
		if answer.Return != nil {
			var text string
			_ = json.Unmarshal(answer.Return, &text) // an object where there is nothing to say
			return text, nil
		}
	}
}
