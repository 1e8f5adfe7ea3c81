package apktest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // of the algorithm called RSA
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/pem"
)

// Key signs packages and indexes.
type Key struct {
	Name      string // of the file with the public key, such as "me@example.com-1.rsa.pub"
	Algorithm string // RSA (with SHA-1; what Alpine uses), RSA256 or RSA512; empty means RSA
	private   *rsa.PrivateKey
}

// NewKey makes a key.
func NewKey(name string) Key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	return Key{Name: name, private: private}
}

// Public is the public key as it stands in /etc/apk/keys.
func (k Key) Public() []byte {
	content, err := x509.MarshalPKIXPublicKey(&k.private.PublicKey)
	check(err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: content})
}

// Sign returns the member with the signatures of another, compressed one.
func Sign(compressed []byte, keys ...Key) []byte {
	var files []File
	for _, k := range keys {
		if k.Algorithm == "" {
			k.Algorithm = "RSA"
		}
		hash := map[string]crypto.Hash{"RSA": crypto.SHA1, "RSA256": crypto.SHA256, "RSA512": crypto.SHA512}[k.Algorithm]
		h := hash.New()
		must(h.Write(compressed))
		value, err := rsa.SignPKCS1v15(nil, k.private, hash, h.Sum(nil))
		check(err)
		files = append(files, File{Path: ".SIGN." + k.Algorithm + "." + k.Name, Content: value})
	}
	return Gzip(Tar(false, files...))
}
