// Package probe asks a program over TCP whether it works.
package probe

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kernelapi"
)

// Probe is one question to a program; the zero value is none.
type Probe struct {
	address netip.AddrPort
	path    string // of HTTP, empty for a mere connection
}

// Parse reads a probe: "tcp://ADDRESS:PORT" or "http://ADDRESS[:PORT][/PATH]".
// An ADDRESS that is left out is 127.0.0.1; it is no name, as a resolver would
// be asked whether the program works.
func Parse(text string) (Probe, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	host, path, _ := strings.Cut(rest, "/")
	switch {
	case scheme != "http" && scheme != "tcp":
		return Probe{}, errors.Errorf("the check %q begins neither with http:// nor with tcp://", text)
	case scheme == "tcp" && path != "":
		return Probe{}, errors.Errorf("the check %q has a path, which only http:// can ask for", text)
	case strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' }):
		return Probe{}, errors.Errorf("the check %q has a path with other than ASCII letters, digits and signs", text)
	case scheme == "http" && (!strings.Contains(host, ":") || strings.HasSuffix(host, "]")):
		host += ":80"
	}
	if strings.HasPrefix(host, ":") {
		host = "127.0.0.1" + host
	}
	address, err := netip.ParseAddrPort(host)
	if err != nil || address.Port() == 0 {
		return Probe{}, errors.Errorf("the check %q needs an IP address, or none, and a port from 1 to 65535", text)
	}
	p := Probe{address: address}
	if scheme == "http" {
		p.path = "/" + path
	}
	return p, nil
}

// Try asks once, and no longer than ctx. It returns nil if the program works.
func (p Probe) Try(ctx context.Context) error {
	conn, err := kernelapi.DialTCP(ctx, p.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if p.path == "" {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: scratchmachine\r\n\r\n", p.path, p.address); err != nil {
		return err
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 1024)).ReadString('\n')
	if err != nil {
		return errors.Wrap(err, "reading the answer")
	}
	return statusError(line)
}

// statusError says what is wrong with the first line of an answer, as "HTTP/1.1
// 200 OK" (RFC 9112, section 4).
func statusError(line string) error {
	version, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if !strings.HasPrefix(version, "HTTP/") || err != nil || len(code) != 3 {
		return errors.Errorf("the answer is not HTTP: %.80q", line)
	}
	if status < 100 || status >= 400 {
		return errors.Errorf("the answer is status %d", status)
	}
	return nil
}
