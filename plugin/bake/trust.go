package bake

import (
	"context"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/tree"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/internal/input"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/program"
	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/rootfs/trust"
)

// The values of trust_store and time_zones.
const (
	ifNeeded     = "auto"
	trustMozilla = "mozilla"
	zonesAll     = "all"
	never        = "none"
)

func (o *Options) validateTrust() []error {
	switch o.TrustStore {
	case ifNeeded, trustMozilla:
	case never:
		if o.logNeedsTrust() {
			return []error{errors.New("log: nothing can verify the certificate of a server tls://HOST:PORT: " +
				"give log a ca_file, or the machine ca_certificates, or leave out trust_store")}
		}
	default:
		return []error{errors.Errorf("trust_store must be auto, mozilla or none, not %q", o.TrustStore)}
	}
	return nil
}

// logNeedsTrust tells whether only Mozilla's authorities can verify the log's server.
func (o *Options) logNeedsTrust() bool {
	return o.Log.TLS() && o.Log.CAFile == "" && len(o.CACertificates) == 0
}

// trusted returns the files with the certificate authorities that a machine with
// this program trusts, and says which they are.
func (o *Options) trusted(ctx context.Context, r Reporter, prog program.Program) ([]tree.Entry, error) {
	var store trust.Store
	if o.TrustStore == trustMozilla || o.TrustStore == ifNeeded && (prog.Roots || o.logNeedsTrust()) {
		if err := addMozilla(r, &store); err != nil {
			return nil, err
		}
	}
	for _, path := range o.CACertificates {
		file, err := readPEM(ctx, path)
		if err != nil {
			return nil, errors.Wrap(err, "ca_certificates")
		}
		before := store.Len()
		// The clock decides only whether there is a machine, not what is in it.
		if err := store.Add(file, time.Now()); err != nil {
			return nil, errors.Wrapf(err, "ca_certificates: %s", path)
		}
		r.Sayf("Certificate authorities from %s: %d", path, store.Len()-before)
	}
	return store.Files(), nil
}

// readPEM reads a text, but leaves a certificate in DER to whoever knows what to do
// with one.
func readPEM(ctx context.Context, path string) ([]byte, error) {
	file, err := input.Read(ctx, path, input.MaxText)
	if err != nil {
		return nil, err
	}
	text, err := input.Text(file)
	if err != nil && !input.IsUTF16(file) {
		return file, nil
	}
	return []byte(text), errors.Wrap(err, path)
}

func addMozilla(r Reporter, store *trust.Store) error {
	date, err := trust.MozillaDate()
	if err != nil {
		return err
	}
	leftOut, err := store.AddMozilla()
	if err != nil {
		return err
	}
	r.Sayf("Certificate authorities of Mozilla: %d, of %s (x509roots %s)", store.Len(), date.Format(time.DateOnly), trust.MozillaVersion)
	if len(leftOut) > 0 {
		r.Sayf("Not among them, as Mozilla trusts only their older certificates: %s", strings.Join(leftOut, ", "))
	}
	return nil
}
