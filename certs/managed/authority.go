package managed

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/cert-manager/cert-manager/pkg/server/tls/authority"
	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"sluice/certs"
	"sluice/internal/informer"
)

// publishPeriod is how often to publish the authority without a change, because a write may have
// failed.
const publishPeriod = 10 * time.Second

// AuthorityConfig says which authority to create.
type AuthorityConfig struct {
	// REST and Client are the access to the API server.
	REST   *rest.Config
	Client dynamic.Interface
	// Namespace and Secret are the names of the Secret with the authority.
	Namespace, Secret string
	// Lifetime is how long the authority is valid, and LeafLifetime how long its certificates are.
	// The authority is renewed after two thirds of the time.
	Lifetime, LeafLifetime time.Duration
	// Registration is the webhook configurations, which tell API servers what to trust.
	Registration Publisher
	// Watching are the options of the watch of the Secret.
	Watching []informer.Option
	Log      logr.Logger
}

// Publisher writes the authorities that API servers trust.
type Publisher interface {
	// Subscribe returns a channel that receives a value after each change.
	Subscribe() <-chan struct{}
	// Publish makes API servers trust an authority in addition to those that they trust already.
	Publish(ctx context.Context, client dynamic.Interface, authority *x509.Certificate) error
}

// checkLifetimes rejects lifetimes that leave no time to renew.
func checkLifetimes(ofAuthority, ofLeaf time.Duration) error {
	switch {
	case ofLeaf <= 0:
		return errors.New("--cert-lifetime must be more than 0")
	case ofAuthority < 2*ofLeaf:
		return fmt.Errorf("--ca-lifetime %s is too short for --cert-lifetime %s; it must be at least twice as long", ofAuthority, ofLeaf)
	}
	return nil
}

// Authority creates and renews the certificate authority in the Secret, and publishes it in the
// webhook configurations. Several may run at the same time.
type Authority struct {
	config  AuthorityConfig
	dynamic *authority.DynamicAuthority
	secret  secretWatch
}

// NewAuthority prepares an authority, which Run starts.
func NewAuthority(config AuthorityConfig) (*Authority, error) {
	if err := checkLifetimes(config.Lifetime, config.LeafLifetime); err != nil {
		return nil, err
	}
	secret, err := watchSecret(config.Client, config.Namespace, config.Secret, config.Log, config.Watching)
	if err != nil {
		return nil, err
	}
	return &Authority{config: config, secret: secret, dynamic: &authority.DynamicAuthority{
		SecretNamespace: config.Namespace, SecretName: config.Secret,
		SecretLabels: map[string]string{"app.kubernetes.io/name": "sluice", "app.kubernetes.io/component": "webhook"},
		RESTConfig:   config.REST, CommonName: certs.AuthorityName,
		CADuration: config.Lifetime, LeafDuration: config.LeafLifetime,
	}}, nil
}

// Run renews and publishes the authority until ctx ends.
func (a *Authority) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		// The messages of cert-manager are for debugging.
		if err := a.dynamic.Run(logr.NewContext(ctx, a.config.Log.V(1))); err != nil {
			return fmt.Errorf("create the certificate authority: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		go a.secret.RunWithContext(ctx)
		a.publish(ctx)
		return nil
	})
	return group.Wait()
}

// publish keeps the authority of the Secret in the webhook configurations. The previous authority
// stays there until it expires. If an operator removes it, because its key is compromised, it is
// not added back.
func (a *Authority) publish(ctx context.Context) {
	registered := a.config.Registration.Subscribe()
	again := time.NewTicker(publishPeriod)
	defer again.Stop()
	last := ""
	for {
		if current, ok := a.secret.current(); ok {
			err := a.config.Registration.Publish(ctx, a.config.Client, current.Leaf)
			if err != nil && err.Error() != last && ctx.Err() == nil {
				a.config.Log.Error(err, "certificate authority could not be published in the webhook configurations; retrying")
				last = err.Error()
			} else if err == nil {
				last = ""
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-a.secret.Changes():
		case <-registered:
		case <-again.C:
		}
	}
}
