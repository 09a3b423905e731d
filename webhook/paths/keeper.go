package paths

import (
	"context"
	"fmt"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/internal/informer"
	"sluice/webhook/registration"
)

// KeeperConfig says how long a token is used.
type KeeperConfig struct {
	Config

	// Lifetime is how long a token is used, at least a minute. A user whose change fails because the webhook can't be
	// reached sees the path in the API server's message, so that a token is used for a limited time.
	Lifetime time.Duration
	// Random is the source of the tokens.
	Random io.Reader
}

// settle is how long the replicas have to read a new token before API servers call it.
func (c KeeperConfig) settle() time.Duration { return min(30*time.Second, c.Lifetime/20) }

// keepPeriod is how often to look without a change: whether a token has settled, or is too old, and
// because a write may have failed.
const keepPeriod = 2 * time.Second

// Keeper creates the token, replaces it, and writes the paths into the webhook configurations.
// Several may run at the same time.
type Keeper struct {
	config KeeperConfig
	secret *informer.Informer
	// current is the token that was read last, and since when.
	current Token
	since   time.Time
}

// NewKeeper prepares a Keeper, which Run starts.
func NewKeeper(config KeeperConfig) (*Keeper, error) {
	secret, err := config.watch()
	if err != nil {
		return nil, err
	}
	return &Keeper{config: config, secret: secret}, nil
}

// Run keeps the token and the paths until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	registered := k.config.Registration.Subscribe()
	go k.secret.RunWithContext(ctx)
	if !k.secret.Wait(ctx) {
		return nil
	}
	again := time.NewTicker(keepPeriod)
	defer again.Stop()
	last := ""
	for {
		if err := k.keep(ctx); err != nil && err.Error() != last && ctx.Err() == nil {
			k.config.Log.Error(err, "the paths of reviews are not kept; retrying")
			last = err.Error()
		} else if err == nil {
			last = ""
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.secret.Changes():
		case <-registered:
		case <-again.C:
		}
	}
}

// keep creates or replaces the token if that is due, and publishes a token that the replicas know.
func (k *Keeper) keep(ctx context.Context) error {
	now, secret := k.config.Now(), k.secret.Object()
	token, ok := read(secret)
	if !ok || token.due(now, k.config.Lifetime) {
		return k.store(ctx, secret, now)
	}
	if token != k.current {
		k.current, k.since = token, now
	}
	list, known := k.config.Registration.State()
	if !known || now.Sub(k.since) < k.config.settle() && called(list, token) {
		return nil
	}
	return k.config.Registration.PublishPaths(ctx, k.config.Client, token.Path)
}

// due reports whether a token is to be replaced. One from the future was made with a wrong clock.
func (t Token) due(now time.Time, lifetime time.Duration) bool {
	age := now.Sub(t.Created)
	return age >= lifetime || age <= -lifetime
}

// called reports whether API servers call a path with another token, or without one, that replicas
// answer. Such calls must go on until the replicas know the token. If they call nothing that is
// answered, there is nothing to wait for.
func called(list []registration.Configuration, token Token) bool {
	for _, c := range list {
		for _, h := range c.Webhooks {
			if path := registration.PathOf(h.ClientConfig); path != token.Path(c.Kind) && ofKind(c.Kind, path) {
				return true
			}
		}
	}
	return false
}

// store writes a new token. If another process was faster, the watch brings that one's.
func (k *Keeper) store(ctx context.Context, secret *unstructured.Unstructured, now time.Time) error {
	token, err := newToken(k.config.Random, now)
	if err != nil {
		return err
	}
	api := k.config.Client.Resource(secrets).Namespace(k.config.Namespace)
	if secret == nil {
		_, err = api.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": token.data(),
			"metadata": map[string]any{
				"name": k.config.Secret, "namespace": k.config.Namespace,
				"labels": map[string]any{"app.kubernetes.io/name": "sluice", "app.kubernetes.io/component": "webhook"},
			},
		}}, metav1.CreateOptions{FieldManager: registration.FieldManager})
	} else {
		secret = secret.DeepCopy()
		secret.Object["data"] = token.data()
		_, err = api.Update(ctx, secret, metav1.UpdateOptions{FieldManager: registration.FieldManager})
	}
	switch {
	case apierrors.IsAlreadyExists(err), apierrors.IsConflict(err), apierrors.IsNotFound(err) && secret != nil:
		return nil
	case err != nil:
		return fmt.Errorf("store a token in Secret %s/%s: %w", k.config.Namespace, k.config.Secret, err)
	}
	k.config.Log.Info("new token of the paths of reviews stored", "secret", k.config.Namespace+"/"+k.config.Secret)
	return nil
}
