//go:build linux

package service

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Serving reports whether the main program is ready: by its check if it has one,
// and otherwise by its port.
func (s *Set) Serving() bool {
	if main := s.Member(Main); main != nil && main.check != nil {
		return main.State().Ready != 0
	}
	return s.listening()
}

// listening reports whether a process other than this one accepts TCP connections.
func (s *Set) listening() bool {
	var sockets []string
	for _, name := range []string{"proc/net/tcp", "proc/net/tcp6"} {
		table, _ := s.kernel.ReadFile(name) // a kernel without IPv6 has no tcp6
		sockets = append(sockets, listeners(table)...)
	}
	if len(sockets) == 0 {
		return false
	}
	own := s.ownSockets()
	return slices.ContainsFunc(sockets, func(inode string) bool { return !slices.Contains(own, inode) })
}

// listeners returns the inode numbers of the sockets in state TCP_LISTEN (10)
// of a table such as /proc/net/tcp: its fourth and tenth fields (proc(5);
// net/ipv4/tcp_ipv4.c, get_tcp4_sock).
func listeners(table []byte) []string {
	var inodes []string
	for line := range bytes.Lines(table) {
		if fields := bytes.Fields(line); len(fields) > 9 && string(fields[3]) == "0A" {
			inodes = append(inodes, string(fields[9]))
		}
	}
	return inodes
}

// ownSockets returns the inode numbers of this process' sockets.
func (s *Set) ownSockets() []string {
	var inodes []string
	descriptors, _ := filepath.Glob(s.kernel.Path("proc/self/fd/*"))
	for _, path := range descriptors {
		target, _ := os.Readlink(path) // "socket:[4711]"
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}
