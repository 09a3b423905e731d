package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// ErrNoClientCertificate says that a client did not show who it is.
var ErrNoClientCertificate = errors.New("the client has no certificate; configure the API server with one for webhooks, by --admission-control-config-file")

// ClientAuthority lets in only clients with a certificate of an authority.
type ClientAuthority struct{ file string }

// NewClientAuthority takes the authorities of a PEM file, which is read for each handshake:
// handshakes are rare, and a renewed file counts at once.
func NewClientAuthority(file string) (*ClientAuthority, error) {
	c := &ClientAuthority{file}
	_, err := c.pool()
	return c, err
}

func (c *ClientAuthority) pool() (*x509.CertPool, error) {
	text, err := os.ReadFile(c.file)
	if err != nil {
		return nil, fmt.Errorf("read client authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no PEM certificate", c.file)
	}
	return pool, nil
}

// Verify refuses a connection whose client has no certificate of the authority
// (tls.Config.VerifyConnection). Unlike VerifyPeerCertificate it is asked for resumed
// sessions as well.
func (c *ClientAuthority) Verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return ErrNoClientCertificate
	}
	roots, err := c.pool()
	if err != nil {
		return err
	}
	between := x509.NewCertPool()
	for _, certificate := range state.PeerCertificates[1:] {
		between.AddCert(certificate)
	}
	_, err = state.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return fmt.Errorf("client certificate: %w", err)
	}
	return nil
}
