package managed

import (
	"crypto/tls"
	"crypto/x509"
	"sync"
	"time"
)

// serving hands out certificates. A renewed one has to wait a little: it is valid from the
// second it was made, and the clock of an API server may be behind.
type serving struct {
	// settle is how long a new certificate waits while the one before does.
	settle time.Duration
	// trusted reports whether API servers take a certificate.
	trusted func(*x509.Certificate) bool

	mu      sync.Mutex
	current *tls.Certificate
}

// choose says which certificate to serve, where latest is the last that was made.
func (s *serving) choose(latest *tls.Certificate, now time.Time) *tls.Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil || s.current == latest {
		s.current = latest
		return latest
	}
	young := now.Before(latest.Leaf.NotBefore.Add(s.settle))
	if young && now.Before(s.current.Leaf.NotAfter) && s.trusted(s.current.Leaf) {
		return s.current
	}
	s.current = latest
	return latest
}
