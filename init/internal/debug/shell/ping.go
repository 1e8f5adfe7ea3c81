package shell

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
)

const (
	// pingTime is what an answer may take, and pingPause comes between questions.
	pingTime, pingPause = 2 * time.Second, time.Second
	// protocolICMP is ICMP's number (RFC 790).
	protocolICMP = 1
)

// ping asks an IPv4 address whether it is there (RFC 792), -c times.
func ping(c call) error {
	count := 4
	f, err := c.flags("ping", func(f *flag.FlagSet) { f.IntVar(&count, "c", count, "how many times") })
	if err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("say whom")
	}
	to, err := net.ResolveIPAddr("ip4", f.Arg(0))
	if err != nil {
		return err
	}
	socket, err := icmp.ListenPacket("ip4:icmp", "0.0.0.0")
	if err != nil {
		return err
	}
	defer socket.Close()
	answers := 0
	for i := range count {
		if i > 0 {
			select {
			case <-c.ctx.Done():
				return c.ctx.Err()
			case <-time.After(pingPause):
			}
		}
		took, err := echo(socket, to, i)
		if err != nil {
			fmt.Fprintf(c.stdout, "no answer from %s: %v\n", to, err)
			continue
		}
		answers++
		fmt.Fprintf(c.stdout, "answer from %s: seq=%d time=%.2f ms\n", to, i, float64(took.Microseconds())/1000)
	}
	fmt.Fprintf(c.stdout, "%d sent, %d answered\n", count, answers)
	if answers == 0 {
		return exit(1)
	}
	return nil
}

// echo sends one question and waits for its answer.
func echo(socket *icmp.PacketConn, to *net.IPAddr, sequence int) (time.Duration, error) {
	self := os.Getpid() & 0xffff
	question := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: self, Seq: sequence, Data: []byte("scratchmachine")}}
	packet, err := question.Marshal(nil)
	if err != nil {
		return 0, err
	}
	sent := time.Now()
	if _, err := socket.WriteTo(packet, to); err != nil {
		return 0, err
	}
	if err := socket.SetReadDeadline(sent.Add(pingTime)); err != nil {
		return 0, err
	}
	buffer := make([]byte, 1500)
	for {
		n, _, err := socket.ReadFrom(buffer)
		if err != nil {
			return 0, err
		}
		answer, err := icmp.ParseMessage(protocolICMP, buffer[:n])
		if err != nil || answer.Type != ipv4.ICMPTypeEchoReply {
			continue
		}
		if body, ok := answer.Body.(*icmp.Echo); ok && body.ID == self && body.Seq == sequence {
			return time.Since(sent), nil
		}
	}
}
