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

// Log says where the lines of the kernel, the machine and the program go, besides the
// consoles.
type Log struct {
	// A syslog server, which gets every line: `udp://HOST:PORT`, `tcp://HOST:PORT` or
	// `tls://HOST:PORT`. The default ports are 514, 601 and 6514. For TLS, a program that
	// calls `machine.Run` must use the package `init/logtls`; the stock init includes it
	// when needed, which takes 2.5 MB of the image.
	Server string `mapstructure:"server"`
	// A file of certificates, in PEM, that verify the TLS server's certificate. Defaults to
	// the authorities that the machine trusts: those of `ca_certificates` or, without
	// any, Mozilla's.
	CAFile string `mapstructure:"ca_file"`
	// How many lines are kept while the server cannot be reached. Lines beyond that are
	// dropped and counted. Defaults to 1000.
	Queue int `mapstructure:"queue"`
	// The least severe lines that the consoles show: `emerg`, `alert`, `crit`,
	// `err`, `warning`, `notice`, `info` or `debug`, the default.
	Level string `mapstructure:"level"`
}

// Validate returns what is wrong with the options.
func (l Log) Validate() []error {
	var errs []error
	if l.Server != "" {
		u, err := url.Parse(l.Server)
		if err != nil || u.Hostname() == "" || !slices.Contains([]string{"udp", "tcp", "tls"}, u.Scheme) {
			errs = append(errs, errors.Errorf("log: server must be udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, not %q", l.Server))
		}
	}
	if l.CAFile != "" && !l.TLS() {
		errs = append(errs, errors.New("log: ca_file needs a server tls://HOST:PORT"))
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

// TLS reports whether the server is reached over TLS.
func (l Log) TLS() bool { return strings.HasPrefix(l.Server, "tls://") }

// Guest returns the machine's configuration, without the authorities.
func (l Log) Guest() config.Log {
	return config.Log{Server: l.Server, Queue: l.Queue, Level: l.Level}
}

// Authorities returns the certificates in the file. It is called late, because the
// build may make the file.
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
