package apk

import (
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"io/fs"
	"strings"

	"github.com/pkg/errors"
)

// Keys are the public keys that are trusted, by file name: packages name the
// file of the key that verifies them.
type Keys map[string]*rsa.PublicKey

//go:embed keys/*.rsa.pub
var alpineKeys embed.FS

// AlpineKeys returns the keys that Alpine Linux signs with, on all
// architectures.
func AlpineKeys() (Keys, error) {
	keys := Keys{}
	entries, err := fs.ReadDir(alpineKeys, "keys")
	if err != nil {
		return nil, errors.Wrap(err, "reading Alpine's keys")
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(alpineKeys, "keys/"+entry.Name())
		if err != nil {
			return nil, errors.Wrap(err, "reading Alpine's keys")
		}
		if err := keys.Add(entry.Name(), content); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// Add trusts a key, given as what is in /etc/apk/keys: the file's name without
// its folder, and its content, an RSA public key in PEM.
func (k Keys) Add(name string, content []byte) error {
	if name == "" || strings.ContainsAny(name, `/\`) {
		return errors.Errorf("%q is not the name of a key file without its folder", name)
	}
	block, _ := pem.Decode(content)
	if block == nil || block.Type != "PUBLIC KEY" {
		return errors.Errorf("the key %s is not a public key in PEM: it should begin with '-----BEGIN PUBLIC KEY-----'", name)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return errors.Wrapf(err, "reading the key %s", name)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return errors.Errorf("the key %s is not an RSA key, as apk's are", name)
	}
	k[name] = public
	return nil
}
