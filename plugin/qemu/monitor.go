package qemu

import (
	"encoding/json"
	"net"
	"time"

	"github.com/pkg/errors"
)

// Session is an open connection to QEMU's monitor (QMP, docs/interop/qmp-spec.txt of
// QEMU's sources). There can be one at a time.
type Session struct {
	conn net.Conn
	in   *json.Decoder
	out  *json.Encoder
}

// answerTime bounds one command.
const answerTime = 10 * time.Second

// NewSession opens a session on a connection to QEMU's monitor, which Close closes.
func NewSession(conn net.Conn) (*Session, error) {
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

// PowerDown presses the machine's power button.
func (s *Session) PowerDown() error {
	_, err := s.execute("system_powerdown", nil)
	return err
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
