package sshd

import (
	"github.com/pkg/errors"
	"golang.org/x/crypto/ssh"
)

// usedKey is the extension that names the key by which a client logged in.
const usedKey = "key"

// version is what the server calls itself (RFC 4253, 4.2).
const version = "SSH-2.0-scratchmachine"

// config has the algorithms that OpenSSH's clients of 2018 and later and
// Vagrant's Ruby client know, and none that is known to be weak.
func (s *Server) config() *ssh.ServerConfig {
	c := &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if !s.Authorized(key) {
				return nil, errors.New("the key is not authorized")
			}
			return &ssh.Permissions{Extensions: map[string]string{usedKey: ssh.FingerprintSHA256(key)}}, nil
		},
		PublicKeyAuthAlgorithms: []string{
			ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
			ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
			ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
		},
		ServerVersion: version,
	}
	c.KeyExchanges = []string{
		ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519,
		ssh.KeyExchangeECDHP256, ssh.KeyExchangeECDHP384, ssh.KeyExchangeECDHP521,
	}
	c.Ciphers = []string{
		ssh.CipherAES128GCM, ssh.CipherChaCha20Poly1305, ssh.CipherAES256GCM,
		ssh.CipherAES128CTR, ssh.CipherAES256CTR,
	}
	c.MACs = []string{ssh.HMACSHA256ETM, ssh.HMACSHA512ETM, ssh.HMACSHA256, ssh.HMACSHA512}
	c.AddHostKey(s.HostKey)
	return c
}
