//go:build linux

package metadata

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

const (
	// pause is the time between two attempts, patience how long one may take.
	pause, patience = 250 * time.Millisecond, 2 * time.Second
	// maxAnswer bounds an answer with its head, in bytes. User data has at most 256 KiB
	// where most is allowed, in GCE.
	maxAnswer = 512 << 10
)

// session asks a service until ctx is done. It speaks HTTP/1.0, to which a server must
// answer without chunks (RFC 9112, section 6.1): Go's client would make the init 2 MB
// larger.
type session struct {
	ctx     context.Context
	address netip.AddrPort
}

// statusError is an answer other than 200.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("the answer is status %d", int(e)) }

// get returns what is at a path, nothing if the service has no such path.
func (s session) get(path, header string) (string, error) {
	content, err := s.do("GET", path, header)
	var status statusError
	if errors.As(err, &status) && status == 404 {
		return "", nil
	}
	return content, err
}

// do asks until there is an answer. A service that is just starting refuses connections,
// or asks for patience with a status of 429 or above 499.
func (s session) do(method, path, header string) (string, error) {
	for {
		content, err := s.try(method, path, header)
		var status statusError
		if err == nil || errors.As(err, &status) && status != 429 && status < 500 {
			return content, errors.Wrap(err, path)
		}
		select {
		case <-time.After(pause):
		case <-s.ctx.Done():
			return "", errors.Wrap(err, path)
		}
	}
}

// try asks once.
func (s session) try(method, path, header string) (string, error) {
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	conn, err := kernelapi.DialTCP(ctx, s.address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	if header != "" {
		header += "\r\n"
	}
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: 0\r\n%s\r\n", method, path, s.address.Addr(), header); err != nil {
		return "", err
	}
	return answer(io.LimitReader(conn, maxAnswer))
}

// answer reads a status line, a head, and a body of the length that the head gives, or
// to the end.
func answer(from io.Reader) (string, error) {
	r := bufio.NewReader(from)
	line, err := r.ReadString('\n')
	if err != nil {
		return "", errors.Wrap(err, "reading the answer")
	}
	version, rest, _ := strings.Cut(line, " ")
	status, err := strconv.Atoi(strings.TrimSpace(rest[:min(len(rest), 3)]))
	if !strings.HasPrefix(version, "HTTP/") || err != nil {
		return "", errors.Errorf("the answer is not HTTP: %.80q", line)
	}
	if status != 200 {
		return "", statusError(status)
	}
	length, err := bodyLength(r)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(io.LimitReader(r, length))
	if err != nil || length != maxAnswer && int64(len(content)) < length {
		return "", errors.Errorf("the answer ends after %d bytes", len(content))
	}
	return string(content), nil
}

// bodyLength reads a head and returns the body's length in bytes, maxAnswer if it is not
// given.
func bodyLength(r *bufio.Reader) (int64, error) {
	length := int64(maxAnswer)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return 0, errors.Wrap(err, "reading the answer's head")
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case name == "":
			return length, nil
		case strings.EqualFold(name, "Content-Length"):
			if length, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64); err != nil || length < 0 || length > maxAnswer {
				return 0, errors.Errorf("the answer has %.20s bytes, at most %d are read", strings.TrimSpace(value), maxAnswer)
			}
		case strings.EqualFold(name, "Transfer-Encoding"):
			return 0, errors.New("the answer comes in chunks, though it was not asked for so")
		}
	}
}
