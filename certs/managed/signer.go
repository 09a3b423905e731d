package managed

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
)

// maxSkew is how far the clock of an API server may be behind, for certificates that are valid for
// days. Such an API server would reject a certificate whose validity starts now.
const maxSkew = 5 * time.Minute

// signer signs with the authority in the Secret, but only when API servers trust the certificate.
// Until then, the previous certificate stays in use. It implements the Authority of cert-manager's
// DynamicSource without permission to write the Secret.
type signer struct {
	config Config
	// current returns the authority in the Secret with its key; false if it does not exist.
	current func() (tls.Certificate, bool)
	// served returns the certificate in use; nil if it does not exist.
	served func() *x509.Certificate
	// follow calls changed after each change of the Secret, until ctx ends.
	follow func(ctx context.Context, changed func())

	mu      sync.Mutex
	reason  string // why there is no new certificate; empty if there is no reason
	watches map[chan<- struct{}]struct{}
}

// Run tells the watches about each new authority until ctx ends.
func (s *signer) Run(ctx context.Context) error {
	var last *x509.Certificate
	s.follow(ctx, func() {
		ca, ok := s.current()
		if !ok || last != nil && last.Equal(ca.Leaf) {
			return
		}
		last = ca.Leaf
		s.mu.Lock()
		defer s.mu.Unlock()
		for watch := range s.watches {
			select {
			case watch <- struct{}{}:
			default: // a value is waiting already
			}
		}
	})
	return nil
}

// WatchRotation adds a channel that receives a value after each change of the authority.
func (s *signer) WatchRotation(watch chan<- struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watches == nil {
		s.watches = map[chan<- struct{}]struct{}{}
	}
	s.watches[watch] = struct{}{}
}

// StopWatchingRotation removes a channel.
func (s *signer) StopWatchingRotation(watch chan<- struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watches, watch)
}

// Sign signs a certificate for the hosts. The error says why there is no certificate yet.
func (s *signer) Sign(template *x509.Certificate) (*x509.Certificate, error) {
	certificate, reason, err := s.sign(template)
	if err != nil {
		return nil, err
	}
	if s.changed(reason) && reason != "" {
		s.config.Log.Info("no new serving certificate yet", "reason", reason)
	}
	if reason != "" {
		return nil, fmt.Errorf("%s: %w", reason, authority.ErrCertificateNotAvailable)
	}
	s.config.Log.Info("serving certificate created", "notAfter", certificate.NotAfter.UTC().Format(time.RFC3339))
	return certificate, nil
}

// sign returns the certificate, or the reason why it must not be served yet.
func (s *signer) sign(template *x509.Certificate) (certificate *x509.Certificate, reason string, err error) {
	now := s.config.Now()
	ca, ok := s.current()
	switch {
	case !ok:
		return nil, fmt.Sprintf("Secret %s/%s has no certificate authority yet; the process with --role=control creates it", s.config.Namespace, s.config.Secret), nil
	case now.Before(ca.Leaf.NotBefore):
		return nil, fmt.Sprintf("the certificate authority in Secret %s/%s is not valid before %s; the clock of this replica is slow, or the clock of the process that created the authority was fast; correct the clocks and delete the Secret",
			s.config.Namespace, s.config.Secret, ca.Leaf.NotBefore.UTC().Format(time.RFC3339)), nil
	case !now.Before(ca.Leaf.NotAfter):
		return nil, fmt.Sprintf("the certificate authority in Secret %s/%s expired at %s; the process with --role=control renews it", s.config.Namespace, s.config.Secret, ca.Leaf.NotAfter.UTC().Format(time.RFC3339)), nil
	}
	template.DNSNames, template.IPAddresses = split(s.config.Hosts)
	template.BasicConstraintsValid = true
	template.NotBefore, template.NotAfter = now.Add(-s.config.skew()), now.Add(s.config.Lifetime)
	if template.NotAfter.After(ca.Leaf.NotAfter) {
		template.NotAfter = ca.Leaf.NotAfter
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Leaf, template.PublicKey, ca.PrivateKey)
	if err != nil {
		return nil, "", fmt.Errorf("sign: %w", err)
	}
	if certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, "", fmt.Errorf("parse the signed certificate: %w", err)
	}
	since := now.Add(-s.config.settle())
	if served := s.served(); served != nil && !s.config.Registration.Trusts(served, now) {
		since = now // the present certificate is not trusted either
	}
	if !s.config.Registration.Trusts(certificate, since) {
		return nil, s.untrusted(), nil
	}
	return certificate, "", nil
}

// untrusted returns why API servers don't trust the authority.
func (s *signer) untrusted() string {
	if injector := s.config.Registration.Injector(); injector != "" {
		return "the webhook configurations have the annotation " + injector + ", so another controller writes the caBundle; remove the annotation, or use --certs=files"
	}
	return "API servers don't trust the certificate authority yet: it is not in the webhook configurations, or was added only a moment ago"
}

// changed stores the reason, and reports whether it differs from the previous one.
func (s *signer) changed(reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason == reason {
		return false
	}
	s.reason = reason
	return true
}

// waiting returns why there is no new certificate; empty if there is no reason.
func (s *signer) waiting() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}
