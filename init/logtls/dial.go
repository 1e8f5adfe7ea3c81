// Package logtls lets a machine send its log to a syslog server over TLS (RFC 5425). It
// makes a program larger, so a program must ask for it:
//
//	machine.Run(serve, machine.WithLogTLS(logtls.Dial))
//
// It adds nothing to a program that uses HTTPS anyway, and about 1 MB (compressed) to
// one that does not.
package logtls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"

	"github.com/pkg/errors"
)

// Dial connects to a server at HOST:PORT and verifies its certificate with authorities,
// certificates in PEM. Without any it uses the authorities that the machine trusts.
func Dial(ctx context.Context, address, authorities string) (net.Conn, error) {
	roots, err := pool(authorities)
	if err != nil {
		return nil, err
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return dialer.DialContext(ctx, "tcp", address)
}

func pool(authorities string) (*x509.CertPool, error) {
	if authorities == "" {
		roots, err := x509.SystemCertPool()
		return roots, errors.Wrap(err, "reading the authorities that the machine trusts")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(authorities)) {
		return nil, errors.New("log.ca has no certificate in PEM in it")
	}
	return roots, nil
}
