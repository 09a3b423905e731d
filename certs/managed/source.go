package managed

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	cmtls "github.com/cert-manager/cert-manager/pkg/server/tls"
	"github.com/go-logr/logr"
	"k8s.io/client-go/dynamic"

	"sluice/internal/informer"
)

// Config says which certificates to create.
type Config struct {
	// Client is the access to the API server.
	Client dynamic.Interface
	// Namespace and Secret are the names of the Secret with the authority.
	Namespace, Secret string
	// Hosts are the DNS names and IP addresses that API servers call.
	Hosts []string
	// Lifetime is how long a certificate is valid. It is renewed after two thirds of the time.
	Lifetime time.Duration
	// Registration is the webhook configurations, which tell API servers what to trust.
	Registration Registration
	Now          func() time.Time
	// Watching are the options of the watch of the Secret.
	Watching []informer.Option
	Log      logr.Logger
}

// Registration is the part of the webhook configurations that a Source needs: the authorities that
// API servers trust.
type Registration interface {
	// Injector names the annotation that makes another controller write the bundles; empty without
	// one.
	Injector() string
	// Trusts reports whether API servers have trusted a certificate at least since a time.
	Trusts(certificate *x509.Certificate, since time.Time) bool
}

// Check rejects an invalid lifetime and missing hosts.
func (c Config) Check() error {
	switch {
	case len(c.Hosts) == 0:
		return errors.New("no host for the certificate; name one with --cert-host")
	case c.Lifetime <= 0:
		return errors.New("--cert-lifetime must be more than 0")
	}
	return nil
}

// settle is how long API servers have to read the changed webhook configurations before a
// certificate of the new authority is served.
func (c Config) settle() time.Duration { return min(30*time.Second, c.Lifetime/20) }

// skew is how long before its creation the validity of a certificate starts.
func (c Config) skew() time.Duration { return min(maxSkew, c.Lifetime/20) }

// retry is how often to check whether a new certificate can be served.
const retry = 200 * time.Millisecond

// Source creates and renews the certificate of this replica. It reads the Secret with the authority
// and writes nothing.
type Source struct {
	config  Config
	dynamic *cmtls.DynamicSource
	signer  *signer
}

// New prepares a source, which Run starts.
func New(config Config) (*Source, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	secret, err := watchSecret(config.Client, config.Namespace, config.Secret, config.Log, config.Watching)
	if err != nil {
		return nil, err
	}
	s := &Source{config: config}
	s.signer = &signer{config: config, current: secret.current, served: s.leaf, follow: secret.follow}
	s.dynamic = &cmtls.DynamicSource{Authority: s.signer, RetryInterval: retry}
	return s, nil
}

// GetCertificate returns the certificate for a handshake (tls.Config.GetCertificate).
func (s *Source) GetCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return s.dynamic.GetCertificate(hello)
}

// leaf returns the certificate in use; nil if it does not exist.
func (s *Source) leaf() *x509.Certificate {
	certificate, err := s.dynamic.GetCertificate(nil)
	if err != nil {
		return nil
	}
	return certificate.Leaf
}

// NotAfter returns when the certificate expires; the zero time without a certificate.
func (s *Source) NotAfter() time.Time {
	if leaf := s.leaf(); leaf != nil {
		return leaf.NotAfter
	}
	return time.Time{}
}

// Ready returns why there is no valid certificate; nil if there is one.
func (s *Source) Ready() error {
	end := s.NotAfter()
	if s.config.Now().Before(end) {
		return nil
	}
	reason := s.signer.waiting()
	if reason == "" {
		reason = fmt.Sprintf("Secret %s/%s can't be read; see the log", s.config.Namespace, s.config.Secret)
	}
	if end.IsZero() {
		return fmt.Errorf("no serving certificate yet: %s", reason)
	}
	return fmt.Errorf("the serving certificate expired at %s: %s", end.UTC().Format(time.RFC3339), reason)
}

// Run renews the certificate until ctx ends.
func (s *Source) Run(ctx context.Context) error {
	// The messages of cert-manager are for debugging.
	if err := s.dynamic.Start(logr.NewContext(ctx, s.config.Log.V(1))); err != nil {
		return fmt.Errorf("create certificates: %w", err)
	}
	return nil
}
