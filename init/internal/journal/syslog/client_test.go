package syslog

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
)

// patience is the time limit for a step of a test.
const patience = 30 * time.Second

// start runs a client until the test is over. Its reports arrive on reports.
func start(t *testing.T, server Server, limit int) (c *Client, reports <-chan string) {
	t.Helper()
	said := make(chan string, 100)
	c = NewClient(server, web, limit, func(ctx context.Context) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, server.Network, server.Address)
	}, func(err error) { said <- err.Error() })
	run(t, c)
	return c, said
}

func run(t *testing.T, c *Client) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
}

func send(c *Client, from, to int) {
	for i := from; i < to; i++ {
		c.Send(logline.Line{Time: time.Now(), Severity: logline.Info, Source: "program", Text: fmt.Sprintf("line %d", i)})
	}
}

// listen serves TCP on an address. Each line of each connection arrives on lines. stop
// makes the server vanish.
func listen(t *testing.T, address string) (bound string, lines <-chan Message, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan Message, 10000)
	var mu sync.Mutex
	conns := []net.Conn{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			go receive(t, conn, got)
		}
	}()
	stop = func() {
		_ = l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
	t.Cleanup(stop)
	return l.Addr().String(), got, stop
}

func receive(t *testing.T, conn net.Conn, got chan<- Message) {
	for r := bufio.NewReader(conn); ; {
		raw, err := unframe(r)
		if err != nil {
			return
		}
		m, err := parse(raw)
		if err != nil {
			t.Error(err)
			return
		}
		got <- m
	}
}

// next waits for a message.
func next(t *testing.T, lines <-chan Message) Message {
	t.Helper()
	select {
	case m := <-lines:
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return Message{}
	}
}

// want waits for lines in their order. A line that has come before may come again.
func want(t *testing.T, lines <-chan Message, from, to int) {
	t.Helper()
	for i := from; i < to; {
		m := next(t, lines)
		switch {
		case m.Text == fmt.Sprintf("line %d", i):
			i++
		case i > 0 && m.Sequence <= i: // sent twice
		default:
			t.Fatalf("got %+v, want line %d", m, i)
		}
	}
}

// TestVanish: a server that is gone for a while, twice, gets every line.
func TestVanish(t *testing.T) {
	address, lines, stop := listen(t, "127.0.0.1:0")
	// The queue has room for all lines, because any line may be in doubt and kept.
	c, reports := start(t, Server{"tcp", address}, 2000)
	send(c, 0, 300)
	want(t, lines, 0, 300)
	for round := range 2 {
		first := 300 + round*600
		stop()
		send(c, first, first+600)
		report := <-reports
		if !strings.Contains(report, "sending to tcp://127.0.0.1:") || !strings.Contains(report, "up to 2000 lines are kept") {
			t.Errorf("reported %q", report)
		}
		_, lines, stop = listen(t, address)
		want(t, lines, first, first+600)
	}
	c.Flush(patience)
	if !c.queue.empty() {
		t.Error("lines are left")
	}
}

// TestOverflow: if more lines come than the queue holds, the first ones arrive, then
// the number of dropped lines, then the lines that came when there was room again.
func TestOverflow(t *testing.T) {
	address, _, stop := listen(t, "127.0.0.1:0")
	stop()
	const limit, sent = 100, 250
	c, reports := start(t, Server{"tcp", address}, limit)
	send(c, 0, sent)
	<-reports
	_, lines, _ := listen(t, address)
	want(t, lines, 0, limit)
	dropped := next(t, lines)
	count := regexp.MustCompile(`(\d+) lines were dropped here`).FindStringSubmatch(dropped.Text)
	if count == nil || count[1] != strconv.Itoa(sent-limit) || dropped.Severity != logline.Warning || dropped.Facility != Daemon {
		t.Errorf("the drop is said so: %+v", dropped)
	}
	send(c, sent, sent+1)
	if m := next(t, lines); m.Text != fmt.Sprintf("line %d", sent) || m.Sequence != limit+2 {
		t.Errorf("after it comes %+v", m)
	}
}

// TestDatagrams: a UDP server refuses datagrams for a while. No line is lost, because
// the kernel reports each refusal.
func TestDatagrams(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := server.LocalAddr().String()
	_ = server.Close()
	c, reports := start(t, Server{"udp", address}, 1000)
	send(c, 0, 100)
	if report := <-reports; !strings.Contains(report, "connection refused") {
		t.Errorf("reported %q", report)
	}
	server, err = net.ListenPacket("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	lines := make(chan Message, 1000)
	go func() {
		for buffer := make([]byte, 1<<16); ; {
			n, _, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			m, err := parse(buffer[:n])
			if err != nil {
				t.Error(err)
			}
			lines <- m
		}
	}()
	want(t, lines, 0, 100)
}

// TestReportOnce: a server that never answers is reported once.
func TestReportOnce(t *testing.T) {
	dials := make(chan struct{}, 10)
	reports := make(chan error, 10)
	c := NewClient(Server{"tcp", "x:1"}, web, 10, func(context.Context) (net.Conn, error) {
		dials <- struct{}{}
		return nil, errors.New("no route")
	}, func(err error) { reports <- err })
	send(c, 0, 1)
	started := time.Now()
	if c.Flush(patience); time.Since(started) >= patience {
		t.Error("Flush waited although nothing was being sent")
	}
	run(t, c)
	for range 3 {
		<-dials
	}
	if len(reports) != 1 {
		t.Errorf("%d reports", len(reports))
	}
	started = time.Now()
	c.Flush(time.Millisecond) // must return
	if time.Since(started) > patience {
		t.Error("Flush waited for a server that is not there")
	}
}

func web() string { return "web" }
