package guest

import (
	"context"
	"crypto/x509"
	"net/url"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/config"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
)

// Log is where the lines go that the kernel, the machine and the program have
// to say, besides the consoles.
type Log struct {
	// A syslog server, which gets every line: `udp://HOST:PORT`, `tcp://HOST:PORT`
	// or `tls://HOST:PORT`. Without a port it is 514, 601 or 6514. For TLS the
	// program must be built with it: see the package `init/logtls`; the stock
	// init has none.
	Server string `mapstructure:"server"`
	// A file of certificates, in PEM, by which a TLS server's own is checked.
	CAFile string `mapstructure:"ca_file"`
	// How many lines are kept for a server that cannot be reached. Defaults to
	// 1000. What is dropped after that is counted.
	Queue int `mapstructure:"queue"`
	// The least severe lines that the consoles show: `emerg`, `alert`, `crit`,
	// `err`, `warning`, `notice`, `info` or `debug`, the default.
	Level string `mapstructure:"level"`
}

// Validate says what is wrong with the options.
func (l Log) Validate() []error {
	var errs []error
	if l.Server != "" {
		u, err := url.Parse(l.Server)
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"udp", "tcp", "tls"}, u.Scheme) {
			errs = append(errs, errors.Errorf("log: server must be udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, not %q", l.Server))
		}
	}
	if l.TLS() != (l.CAFile != "") {
		errs = append(errs, errors.New("log: ca_file and a server tls://HOST:PORT need each other"))
	}
	if l.Queue < 0 || l.Queue > 100_000 {
		errs = append(errs, errors.Errorf("log: queue must be from 0 to 100000, not %d", l.Queue))
	}
	levels := []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
	if l.Level != "" && !slices.Contains(levels, l.Level) {
		errs = append(errs, errors.Errorf("log: level must be one of %s, not %q", strings.Join(levels, " "), l.Level))
	}
	return errs
}

// TLS tells whether the server is reached by TLS.
func (l Log) TLS() bool { return strings.HasPrefix(l.Server, "tls://") }

// Guest is what the machine is told of it, but for the authorities.
func (l Log) Guest() config.Log {
	return config.Log{Server: l.Server, Queue: l.Queue, Level: l.Level}
}

// Authorities are the certificates in the file, which is read late: it may be
// made by the build.
func (l Log) Authorities(ctx context.Context) (string, error) {
	if l.CAFile == "" {
		return "", nil
	}
	text, err := input.ReadText(ctx, l.CAFile)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
		err = errors.Errorf("%s has no certificate in PEM in it: its lines should begin with -----BEGIN CERTIFICATE-----", l.CAFile)
	}
	return text, errors.Wrap(err, "log: ca_file")
}
