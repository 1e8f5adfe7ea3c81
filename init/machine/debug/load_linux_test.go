package debug

import (
	"bytes"
	"crypto/rand"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// dial logs in through Go's client, with the right key.
func (f *fake) dial(t *testing.T) (*ssh.Client, error) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(f.dir, "right"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParsePrivateKey(content)
	if err != nil {
		t.Fatal(err)
	}
	return ssh.Dial("tcp", f.address, &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
}

// used returns how many files and goroutines this process has.
func used() (files, goroutines int) {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries), runtime.NumGoroutine()
}

// TestLoad: thousands of connections, half-open connections, garbage and 10 MB of data
// leave the server unharmed.
func TestLoad(t *testing.T) {
	f := newFake(t)
	loads := []struct {
		name string
		run  func(*testing.T, *fake)
	}{{"1000 connections", thousand}, {"half-open", halfOpen}, {"garbage", garbage}, {"10 MB", tenMegabytes}, {"dropped", dropped}}
	for _, load := range loads {
		t.Run(load.name, func(t *testing.T) {
			files, goroutines := used()
			load.run(t, f)
			var nowFiles, now int
			for range 100 { // the last ones are still ending
				if nowFiles, now = used(); nowFiles <= files && now <= goroutines {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
			stacks := make([]byte, 1<<20)
			t.Errorf("%d files and %d goroutines before, %d and %d after:\n%s", files, goroutines, nowFiles, now,
				stacks[:runtime.Stack(stacks, true)])
		})
	}
}

func thousand(t *testing.T, f *fake) {
	var clients sync.WaitGroup
	var served atomic.Int32
	for range 20 {
		clients.Go(func() {
			for range 50 {
				client, err := f.dial(t)
				if err != nil {
					t.Error(err)
					return
				}
				if session, err := client.NewSession(); err == nil && session.Run("") == nil {
					served.Add(1)
				}
				_ = client.Close()
			}
		})
	}
	clients.Wait()
	if served.Load() != 1000 {
		t.Errorf("%d were served", served.Load())
	}
}

// halfOpen: silent clients take all places. The server rejects the next client, and
// accepts it once one of the others has gone.
func halfOpen(t *testing.T, f *fake) {
	var silent []net.Conn
	for range 64 {
		c, err := net.Dial("tcp", f.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Read(make([]byte, 1)); err != nil { // it has a place if the server's banner comes
			t.Fatal(err)
		}
		silent = append(silent, c)
	}
	if client, err := f.dial(t); err == nil {
		_ = client.Close()
		t.Error("there was a place for one more")
	}
	for _, c := range silent {
		_ = c.Close()
	}
	for range 100 {
		if client, err := f.dial(t); err == nil {
			_ = client.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("nobody is let in any more")
}

func garbage(t *testing.T, f *fake) {
	random := make([]byte, 70<<10)
	_, _ = rand.Read(random)
	for _, sent := range [][]byte{
		[]byte("GET / HTTP/1.0\r\n\r\n"), random, []byte("SSH-1.5-old\r\n"), append([]byte("SSH-2.0-x\r\n"), random...),
		bytes.Repeat([]byte("A"), 64<<10), []byte("SSH-2.0-x\r\n\xff\xff\xff\xff"),
	} {
		c, err := net.Dial("tcp", f.address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(sent)
		_ = c.(*net.TCPConn).CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, c); os.IsTimeout(err) {
			t.Errorf("after %.20q the connection stays", sent)
		}
		_ = c.Close()
	}
	if client, err := f.dial(t); err != nil {
		t.Error(err)
	} else {
		_ = client.Close()
	}
}

func tenMegabytes(t *testing.T, f *fake) {
	client, err := f.dial(t)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 10<<20)
	_, _ = rand.Read(content)
	session.Stdin = bytes.NewReader(content)
	if back, err := session.Output("cat"); err != nil || !bytes.Equal(back, content) {
		t.Errorf("%d bytes came back: %v", len(back), err)
	}
}

// dropped: a client's process ends when the client has gone.
func dropped(t *testing.T, f *fake) {
	client, err := f.dial(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"cat", "sleep 600", "/bin/sh -c 'trap \"\" HUP; sleep 600'", "while :; do echo y; done"} {
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := session.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := session.Start(line); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := client.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
}
