package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// ErrNoClientCertificate means that a client sent no certificate.
var ErrNoClientCertificate = errors.New("the client has no certificate; configure a client certificate for webhooks with the API server flag --admission-control-config-file")

// ClientAuthority accepts only clients with a certificate from an authority.
type ClientAuthority struct{ file string }

// NewClientAuthority accepts the authorities in a PEM file. The file is read for each handshake:
// handshakes are rare, and changes of the file take effect at once.
func NewClientAuthority(file string) (*ClientAuthority, error) {
	c := &ClientAuthority{file}
	_, err := c.pool()
	return c, err
}

func (c *ClientAuthority) pool() (*x509.CertPool, error) {
	text, err := os.ReadFile(c.file)
	if err != nil {
		return nil, fmt.Errorf("read client certificate authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s has no PEM certificate", c.file)
	}
	return pool, nil
}

// Verify rejects a connection without a client certificate from the authority. It is for
// tls.Config.VerifyConnection, which, unlike VerifyPeerCertificate, is also called for resumed
// sessions.
func (c *ClientAuthority) Verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return ErrNoClientCertificate
	}
	roots, err := c.pool()
	if err != nil {
		return err
	}
	intermediates := x509.NewCertPool()
	for _, certificate := range state.PeerCertificates[1:] {
		intermediates.AddCert(certificate)
	}
	_, err = state.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return fmt.Errorf("client certificate: %w", err)
	}
	return nil
}
