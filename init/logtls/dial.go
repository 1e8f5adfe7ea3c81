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
// which are certificates in PEM. A machine has no other authorities, so at least one
// must be given.
func Dial(ctx context.Context, address, authorities string) (net.Conn, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(authorities)) {
		return nil, errors.Errorf("checking the certificate of %s needs the certificate of its authority, in PEM: log.ca", address)
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return dialer.DialContext(ctx, "tcp", address)
}
