package certs

import (
	"crypto/tls"
	"fmt"
	"time"
)

// Pair is a certificate and its key, both as PEM.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Check rejects a pair that can't be used at a time: it is not PEM, the key is not that of the
// certificate, or the certificate is not yet or no longer valid. The result has the parsed leaf.
func (p Pair) Check(now time.Time) (*tls.Certificate, error) {
	certificate, err := tls.X509KeyPair(p.Certificate, p.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate and key: %w", err)
	}
	leaf := certificate.Leaf
	switch {
	case now.Before(leaf.NotBefore):
		return nil, fmt.Errorf("certificate is not valid before %s", leaf.NotBefore.UTC().Format(time.RFC3339))
	case now.After(leaf.NotAfter):
		return nil, fmt.Errorf("certificate expired at %s", leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return &certificate, nil
}
