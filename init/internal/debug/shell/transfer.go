package shell

import (
	"errors"
	"io"
	"strings"

	"github.com/pkg/sftp"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/debug/scp"
)

// scpServer is the machine's side of scp: "scp -t PATH" takes files, "scp -f
// PATH" gives them.
func scpServer(c call) error {
	var letters strings.Builder
	args := c.args
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		option := args[0]
		args = args[1:]
		if option == "--" {
			break
		}
		letters.WriteString(option[1:])
	}
	options := letters.String()
	if len(args) == 0 || !strings.ContainsAny(options, "tf") {
		return errors.New("this is only the other side of scp: it wants -t or -f and a path")
	}
	s := scp.Stream{Reader: c.stdin, Writer: c.stdout, Recursive: strings.Contains(options, "r")}
	if strings.Contains(options, "t") {
		return s.Take(c.path(args[len(args)-1]))
	}
	var paths []string
	for _, a := range args {
		paths = append(paths, c.path(a))
	}
	return s.Give(paths)
}

// sftpServer is the machine's side of sftp and of the newer scp.
func sftpServer(c call) error {
	server, err := sftp.NewServer(struct {
		io.Reader
		io.WriteCloser
	}{c.stdin, unclosed{c.stdout}}, sftp.WithServerWorkingDirectory(c.dir))
	if err != nil {
		return err
	}
	if err := server.Serve(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// unclosed leaves the closing to who opened it.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }
