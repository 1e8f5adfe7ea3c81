package journal

import (
	"context"
	"net"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/logline"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/journal/syslog"
	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/report"
)

// dialTime is how long a syslog server may take to accept a connection.
const dialTime = 10 * time.Second

// Dial connects to a syslog server over TLS, and verifies it with the authorities,
// which are in PEM.
type Dial func(ctx context.Context, address, authorities string) (net.Conn, error)

// Configure sets which lines the consoles show, and sends every line to the configured
// syslog server once online is closed. dialTLS is nil in an init without TLS.
func (j *Journal) Configure(l config.Log, hostname func() string, online <-chan struct{}, dialTLS Dial) error {
	if l.Level != "" {
		level, ok := logline.ByName(l.Level)
		if !ok {
			j.Report("log", errors.Errorf("log.level must be emerg, alert, crit, err, warning, notice, info or debug, not %q", l.Level))
			level = logline.Debug
		}
		j.showFrom(level)
	}
	if l.Server == "" {
		return nil
	}
	server, err := syslog.ParseServer(l.Server)
	if err != nil {
		return errors.Wrap(err, "log.server")
	}
	dial, err := dialer(server, l.CA, dialTLS)
	if err != nil {
		return err
	}
	limit := l.Queue
	if limit <= 0 {
		limit = config.DefaultQueue
	}
	client := syslog.NewClient(server, hostname, limit, dial, func(err error) { j.Report("log", err) })
	j.follow(client)
	report.Go(j, "log", func() {
		<-online
		client.Run(context.Background())
	})
	return nil
}

// dialer returns a function that connects to the syslog server.
func dialer(server syslog.Server, ca string, dialTLS Dial) (func(context.Context) (net.Conn, error), error) {
	plain := net.Dialer{Timeout: dialTime}
	if server.Network != "tls" {
		return func(ctx context.Context) (net.Conn, error) {
			return plain.DialContext(ctx, server.Network, server.Address)
		}, nil
	}
	if dialTLS == nil {
		return nil, errors.Errorf("log.server is %s, but this init was built without TLS: "+
			"give machine.Run the option machine.WithLogTLS(logtls.Dial), or use tcp://", server)
	}
	return func(ctx context.Context) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTime)
		defer cancel()
		return dialTLS(ctx, server.Address, ca)
	}, nil
}
