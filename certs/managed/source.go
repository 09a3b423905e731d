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

// Config says which certificates to make, and for whom.
type Config struct {
	// REST is the access to the API server, Client too.
	REST   *rest.Config
	Client dynamic.Interface
	// Namespace and Secret name where the authority is kept.
	Namespace, Secret string
	// Hosts are the DNS names and IP addresses that API servers call.
	Hosts []string
	// AuthorityLifetime and Lifetime are how long the authority and the certificates that it
	// signs are valid. Both are renewed after two thirds of it.
	AuthorityLifetime, Lifetime time.Duration
	// Registration is where API servers learn which authorities to trust.
	Registration Registration
	Now          func() time.Time
	Log          logr.Logger
}

// Registration is the webhook registration as this package needs it: the authorities that API
// servers trust.
type Registration interface {
	// Subscribe returns a channel that receives a value after each change.
	Subscribe() <-chan struct{}
	// Publish makes API servers trust an authority in addition to those that they trust already.
	Publish(ctx context.Context, client dynamic.Interface, authority *x509.Certificate) error
	// Injector names the annotation that makes another controller write the bundles; empty if
	// there is none.
	Injector() string
	// Trusts reports whether API servers have trusted a certificate at least since a time.
	Trusts(certificate *x509.Certificate, since time.Time) bool
}

// Check says what is wrong with the lifetimes and hosts.
func (c Config) Check() error {
	switch {
	case len(c.Hosts) == 0:
		return errors.New("a certificate needs a host")
	case c.Lifetime <= 0:
		return errors.New("a certificate's lifetime must be more than 0")
	case c.AuthorityLifetime < 2*c.Lifetime:
		return fmt.Errorf("an authority of %s can't sign certificates of %s: it must live twice as long", c.AuthorityLifetime, c.Lifetime)
	}
	return nil
}

// settle is how long API servers have to read a changed registration before a certificate
// of the new authority is served.
func (c Config) settle() time.Duration { return min(30*time.Second, c.Lifetime/20) }

// skew is how long before it is made a certificate is valid already.
func (c Config) skew() time.Duration { return min(maxSkew, c.Lifetime/20) }

// retry is how often to look whether a new certificate may be served.
const retry = 200 * time.Millisecond

// Source makes and renews this replica's certificate.
type Source struct {
	config    Config
	dynamic   *cmtls.DynamicSource
	authority *overlapping
	secret    *informer.Informer
}

// New prepares a source; Run begins it.
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

// leaf is the certificate in use, nil if there is none.
func (s *Source) leaf() *x509.Certificate {
	certificate, err := s.dynamic.GetCertificate(nil)
	if err != nil {
		return nil
	}
	return certificate.Leaf
}

// NotAfter is when the certificate expires; the zero time while there is none.
func (s *Source) NotAfter() time.Time {
	if leaf := s.leaf(); leaf != nil {
		return leaf.NotAfter
	}
	return time.Time{}
}

// Ready says why nothing can be served yet, nil if it can.
func (s *Source) Ready() error {
	end := s.NotAfter()
	if s.config.Now().Before(end) {
		return nil
	}
	why := s.authority.waiting()
	if why == "" {
		why = fmt.Sprintf("Secret %s/%s can't be read or made, see the log", s.config.Namespace, s.config.Secret)
	}
	if end.IsZero() {
		return fmt.Errorf("no serving certificate yet: %s", why)
	}
	return fmt.Errorf("the serving certificate expired at %s: %s", end.UTC().Format(time.RFC3339), why)
}

// Run makes certificates until ctx ends.
func (s *Source) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		// What cert-manager tells of each step is for those who look for a fault.
		if err := s.dynamic.Start(logr.NewContext(ctx, s.config.Log.V(1))); err != nil {
			return fmt.Errorf("make certificates: %w", err)
		}
		return nil
	})
	group.Go(func() error { return s.publish(ctx) })
	return group.Wait()
}
