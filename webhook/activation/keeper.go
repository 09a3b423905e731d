package activation

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/dynamic"

	"sluice/webhook/registration"
)

// Registration is the part of the webhook configurations that this package needs.
type Registration interface {
	// State returns the two objects; known is false until they are read.
	State() (list []registration.Configuration, known bool)
	// Subscribe returns a channel that receives a value after each change.
	Subscribe() <-chan struct{}
	// PublishRules makes API servers send the requests that the rules select.
	PublishRules(ctx context.Context, client dynamic.Interface) error
}

// Config says what to activate.
type Config struct {
	Client dynamic.Interface
	// Namespace has the Service and the Leases of the replicas. Leases is whether they keep some, which
	// they do if they evaluate policies.
	Namespace    string
	Leases       bool
	Registration Registration
	Now          func() time.Time
	Log          logr.Logger
}

// Keeper writes the rules, until its context ends. Several may run at the same time.
type Keeper struct{ config Config }

// NewKeeper prepares a Keeper, which Run starts.
func NewKeeper(config Config) *Keeper { return &Keeper{config} }

// keepPeriod is how often to look without a change of the webhook configurations: whether a replica
// became ready, or because a write failed.
const keepPeriod = time.Second

// Run keeps the rules until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	registered := k.config.Registration.Subscribe()
	again := time.NewTicker(keepPeriod)
	defer again.Stop()
	last := ""
	for {
		waits, err := k.keep(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && err.Error() != last:
			k.config.Log.Error(err, "the rules of the webhook configurations are not kept; retrying")
			last = err.Error()
		case err == nil && waits != last && waits != "":
			k.config.Log.Info("API servers do not call the webhook yet", "reason", waits)
			last = waits
		}
		select {
		case <-ctx.Done():
			return nil
		case <-registered:
		case <-again.C:
		}
	}
}

// keep writes the rules. If there are none at all, it first waits for what API servers need; waits
// says for what.
func (k *Keeper) keep(ctx context.Context) (waits string, err error) {
	list, known := k.config.Registration.State()
	if !known {
		return "", nil
	}
	if !registration.Active(list) {
		if waits, err = k.lacks(ctx, list); waits != "" || err != nil {
			return waits, err
		}
	}
	return "", k.config.Registration.PublishRules(ctx, k.config.Client)
}
