package machine

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/kmsg"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/syslog"
)

// dialTime is how long a syslog server has to accept a connection.
const dialTime = 10 * time.Second

// log has the consoles show what the configuration wants to see, and the syslog
// server get everything, as soon as it can be reached.
func (p *pid1) log() error {
	l := p.config.Log
	if l.Level != "" {
		level, ok := logline.ByName(l.Level)
		if !ok {
			p.report("log", errors.Errorf("log.level must be emerg, alert, crit, err, warning, notice, info or debug, not %q", l.Level))
			level = logline.Debug
		}
		p.console.showFrom(level)
	}
	if l.Server == "" {
		return nil
	}
	server, err := syslog.ParseServer(l.Server)
	if err != nil {
		return errors.Wrap(err, "log.server")
	}
	dial, err := p.logDialer(server, l.CA)
	if err != nil {
		return err
	}
	limit := l.Queue
	if limit <= 0 {
		limit = config.DefaultQueue
	}
	client := syslog.NewClient(server, p.config.Hostname, limit, dial, func(err error) { p.report("log", err) })
	p.console.follow(client)
	p.background("log", func() {
		<-p.names.online
		client.Run(context.Background())
	})
	return nil
}

// logDialer returns what connects to the syslog server.
func (p *pid1) logDialer(server syslog.Server, ca string) (func(context.Context) (net.Conn, error), error) {
	dialer := net.Dialer{Timeout: dialTime}
	if server.Network != "tls" {
		return func(ctx context.Context) (net.Conn, error) {
			return dialer.DialContext(ctx, server.Network, server.Address)
		}, nil
	}
	dial := p.settings.logTLS
	if dial == nil {
		return nil, errors.Errorf("log.server is %s, but this init was built without TLS: "+
			"give machine.Run the option machine.WithLogTLS(logtls.Dial), or use tcp://", server)
	}
	return func(ctx context.Context) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTime)
		defer cancel()
		return dial(ctx, server.Address, ca)
	}, nil
}

// The kernel's messages: all those of the boot may come at once, and then so
// many in a second.
const (
	kernelBurst     = 5000
	kernelPerSecond = 50
)

// kernelLog adds the kernel's messages to the log, from the first that the
// kernel still has. The kernel shows them on the consoles itself.
func (p *pid1) kernelLog() {
	device, err := os.Open(filepath.Join(p.sys.root, "dev/kmsg"))
	if err != nil {
		p.report("kernel log", err)
		return
	}
	defer device.Close()
	limit := &kmsg.Limit{Burst: kernelBurst, PerSecond: kernelPerSecond}
	err = kmsg.Follow(device, limit, p.sys.uptime, func(r kmsg.Record) {
		p.console.unshown(logline.Line{
			Time: time.Now().Add(r.Since - p.sys.uptime()), Severity: r.Severity, Source: fromKernel, Text: r.Text,
		})
	})
	p.report("kernel log", err)
}
