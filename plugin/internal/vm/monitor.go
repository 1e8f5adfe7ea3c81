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
	s, err := v.Session()
	if err != nil {
		return "", err
	}
	defer s.Close()
	return s.Monitor(command)
}

// Session is an open connection to QEMU's monitor. There can be one at a time.
type Session struct {
	conn net.Conn
	in   *json.Decoder
	out  *json.Encoder
}

// answerTime bounds one command.
const answerTime = 10 * time.Second

// Session connects to QEMU's monitor. The caller must call Close.
func (v *VM) Session() (*Session, error) {
	conn, err := dial(v.monitorPath())
	if err != nil {
		return nil, errors.Wrap(err, "reaching QEMU's monitor")
	}
	s := &Session{conn: conn, in: json.NewDecoder(conn), out: json.NewEncoder(conn)}
	if _, err := s.execute("qmp_capabilities", nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the connection.
func (s *Session) Close() { _ = s.conn.Close() }

// Monitor runs a command of the human monitor and returns what it printed.
func (s *Session) Monitor(command string) (string, error) {
	return s.execute("human-monitor-command", map[string]string{"command-line": command})
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
func (s *Session) execute(command string, arguments map[string]string) (string, error) {
	_ = s.conn.SetDeadline(time.Now().Add(answerTime))
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	if err := s.out.Encode(request); err != nil {
		return "", errors.Wrapf(err, "sending %s to QEMU", command)
	}
	for {
		var answer struct {
			Return json.RawMessage `json:"return"`
			Error  *struct {
				Desc string `json:"desc"`
			} `json:"error"`
		}
		if err := s.in.Decode(&answer); err != nil {
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
