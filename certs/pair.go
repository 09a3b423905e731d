package certs

import (
	"crypto/tls"
	"fmt"
	"time"
)

// Pair is a certificate with its key, both PEM.
type Pair struct {
	Certificate []byte
	Key         []byte
}

// Check refuses a pair that can't serve at the given time: not PEM, key and certificate of
// different pairs, not yet or no longer valid. Its result holds the parsed leaf.
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
