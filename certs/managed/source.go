package managed

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	cmtls "github.com/cert-manager/cert-manager/pkg/server/tls"
	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"sluice/certs"
	"sluice/internal/informer"
)

// Config says which certificates to create.
type Config struct {
	// REST and Client are the access to the API server.
	REST   *rest.Config
	Client dynamic.Interface
	// Namespace and Secret are the names of the Secret with the authority.
	Namespace, Secret string
	// Hosts are the DNS names and IP addresses that API servers call.
	Hosts []string
	// AuthorityLifetime and Lifetime are how long the authority and its certificates are valid.
	// Both are renewed after two thirds of the time.
	AuthorityLifetime, Lifetime time.Duration
	// Registration is the webhook configurations, which tell API servers what to trust.
	Registration Registration
	Now          func() time.Time
	Log          logr.Logger
}

// Registration is the part of the webhook configurations that this package needs: the authorities
// that API servers trust.
type Registration interface {
	// Subscribe returns a channel that receives a value after each change.
	Subscribe() <-chan struct{}
	// Publish makes API servers trust an authority in addition to those that they trust already.
	Publish(ctx context.Context, client dynamic.Interface, authority *x509.Certificate) error
	// Injector names the annotation that makes another controller write the bundles; empty without
	// one.
	Injector() string
	// Trusts reports whether API servers have trusted a certificate at least since a time.
	Trusts(certificate *x509.Certificate, since time.Time) bool
}

// Check rejects invalid lifetimes and hosts.
func (c Config) Check() error {
	switch {
	case len(c.Hosts) == 0:
		return errors.New("no host for the certificate; name one with --cert-host")
	case c.Lifetime <= 0:
		return errors.New("--cert-lifetime must be more than 0")
	case c.AuthorityLifetime < 2*c.Lifetime:
		return fmt.Errorf("--ca-lifetime %s is too short for --cert-lifetime %s; it must be at least twice as long", c.AuthorityLifetime, c.Lifetime)
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

// Source creates and renews the certificate of this replica.
type Source struct {
	config    Config
	dynamic   *cmtls.DynamicSource
	authority *overlapping
	secret    *informer.Informer
}

// New prepares a source, which Run starts.
func New(config Config) (*Source, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	secret, err := informer.New(config.Client.Resource(secrets).Namespace(config.Namespace), config.Secret, secrets.Resource, config.Log)
	if err != nil {
		return nil, err
	}
	s := &Source{config: config, secret: secret}
	s.authority = &overlapping{
		Authority: &authority.DynamicAuthority{
			SecretNamespace: config.Namespace, SecretName: config.Secret,
			SecretLabels: map[string]string{"app.kubernetes.io/name": "sluice", "app.kubernetes.io/component": "webhook"},
			RESTConfig:   config.REST, CommonName: certs.AuthorityName,
			CADuration: config.AuthorityLifetime, LeafDuration: config.Lifetime,
		},
		config: config, current: s.current, served: s.leaf,
	}
	s.dynamic = &cmtls.DynamicSource{Authority: s.authority, RetryInterval: retry}
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
	reason := s.authority.waiting()
	if reason == "" {
		reason = fmt.Sprintf("Secret %s/%s can't be read or created; see the log", s.config.Namespace, s.config.Secret)
	}
	if end.IsZero() {
		return fmt.Errorf("no serving certificate yet: %s", reason)
	}
	return fmt.Errorf("the serving certificate expired at %s: %s", end.UTC().Format(time.RFC3339), reason)
}

// Run renews the certificate until ctx ends.
func (s *Source) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		// The messages of cert-manager are for debugging.
		if err := s.dynamic.Start(logr.NewContext(ctx, s.config.Log.V(1))); err != nil {
			return fmt.Errorf("create certificates: %w", err)
		}
		return nil
	})
	group.Go(func() error { return s.publish(ctx) })
	return group.Wait()
}
