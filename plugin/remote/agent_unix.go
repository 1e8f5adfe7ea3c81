//go:build !windows

package remote

import (
	"io"
	"net"
	"os"

	"github.com/pkg/errors"
)

// dialAgent reaches the user's SSH agent.
func dialAgent() (io.ReadWriteCloser, error) {
	socket := os.Getenv("SSH_AUTH_SOCK") // ssh-agent(1)
	if socket == "" {
		return nil, errors.New("there is no SSH agent")
	}
	return net.Dial("unix", socket)
}
