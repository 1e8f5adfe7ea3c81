package machine

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// listenPatience is how long the line about the boot waits for the program's
	// port. There are programs that have none.
	listenPatience = 30 * time.Second
	// listenInterval is how often it is looked for at first. Later it is a
	// fiftieth of the time that it took by then.
	listenInterval = 5 * time.Millisecond
)

// reportBoot prints the timeline of the boot once the program's port accepts,
// or when it is clear that there is none.
func (p *pid1) reportBoot() {
	started := p.kernel.Uptime()
	for p.kernel.Uptime() < started+listenPatience {
		if p.serves() {
			p.timeline.accepts()
			break
		}
		<-p.kernel.After(max(listenInterval, (p.kernel.Uptime()-started)/50))
	}
	p.Printf("machine: boot: %s", p.timeline)
}

// serves tells whether the program is ready: by the configuration's check, or
// else by its port.
func (p *pid1) serves() bool {
	if p.check != nil {
		return p.program.Get().Ready != 0
	}
	return p.listening()
}

// listening tells whether a process other than this one accepts TCP connections.
func (p *pid1) listening() bool {
	var sockets []string
	for _, name := range []string{"proc/net/tcp", "proc/net/tcp6"} {
		table, _ := os.ReadFile(filepath.Join(p.kernel.Root, name)) // a kernel without IPv6 has no tcp6
		sockets = append(sockets, listeners(table)...)
	}
	if len(sockets) == 0 {
		return false
	}
	own := p.ownSockets()
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
func (p *pid1) ownSockets() []string {
	var inodes []string
	descriptors, _ := filepath.Glob(filepath.Join(p.kernel.Root, "proc/self/fd/*"))
	for _, path := range descriptors {
		target, _ := os.Readlink(path) // "socket:[4711]"
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			inodes = append(inodes, strings.TrimSuffix(inode, "]"))
		}
	}
	return inodes
}
