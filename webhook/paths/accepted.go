package paths

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/dynamic"

	"sluice/internal/informer"
	"sluice/webhook/registration"
)

// overlap is how long a path is answered after the webhook configurations stopped naming it. API
// servers learn of the change through a watch, and one that is late must not fail.
const overlap = 10 * time.Minute

// fixedOverlap is the same for a fixed path, which everyone knows.
const fixedOverlap = 30 * time.Second

// expiryPeriod is how often to look for paths whose overlap has ended.
const expiryPeriod = 10 * time.Second

// Registration is the part of the webhook configurations that this package needs.
type Registration interface {
	// State returns the two objects; known is false until they are read.
	State() (list []registration.Configuration, known bool)
	// Subscribe returns a channel that receives a value after each change.
	Subscribe() <-chan struct{}
	// PublishPaths makes API servers call other paths; path returns that of a kind.
	PublishPaths(ctx context.Context, client dynamic.Interface, path func(kind string) string) error
}

// Config says where the token is.
type Config struct {
	Client dynamic.Interface
	// Namespace and Secret are the names of the Secret.
	Namespace, Secret string
	Registration      Registration
	// Watching are the options of the watch of the Secret.
	Watching []informer.Option
	Now      func() time.Time
	Log      logr.Logger
}

func (c Config) watch() (*informer.Informer, error) {
	return informer.New(c.Client.Resource(secrets).Namespace(c.Namespace), c.Secret, secrets.Resource, c.Log, c.Watching...)
}

// Accepted knows which paths to answer. It reads the Secret and writes nothing.
type Accepted struct {
	config Config
	secret *informer.Informer
	// paths are those to answer, by kind of webhook configuration.
	paths atomic.Pointer[map[string][]string]
}

// NewAccepted prepares an Accepted, which Run starts.
func NewAccepted(config Config) (*Accepted, error) {
	secret, err := config.watch()
	if err != nil {
		return nil, err
	}
	return &Accepted{config: config, secret: secret}, nil
}

// Of returns the paths to answer for a kind of webhook configuration.
func (a *Accepted) Of(kind string) []string {
	if paths := a.paths.Load(); paths != nil {
		return (*paths)[kind]
	}
	return nil
}

// Ready returns why no path is known; nil if one is.
func (a *Accepted) Ready() error {
	for _, kind := range []string{registration.Mutating, registration.Validating} {
		if len(a.Of(kind)) == 0 {
			return fmt.Errorf("no path of reviews is known: Secret %s/%s has no token yet; the process with --role=control creates it", a.config.Namespace, a.config.Secret)
		}
	}
	return nil
}

// Run follows the Secret and the webhook configurations until ctx ends.
func (a *Accepted) Run(ctx context.Context) error {
	registered := a.config.Registration.Subscribe()
	go a.secret.RunWithContext(ctx)
	again := time.NewTicker(expiryPeriod)
	defer again.Stop()
	named := map[string]map[string]time.Time{registration.Mutating: {}, registration.Validating: {}}
	for {
		list, _ := a.config.Registration.State()
		token, ok := read(a.secret.Object())
		paths := accept(named, list, token, ok, a.config.Now())
		a.paths.Store(&paths)
		select {
		case <-ctx.Done():
			return nil
		case <-a.secret.Changes():
		case <-registered:
		case <-again.C:
		}
	}
}

// accept notes which paths the webhook configurations name now, and returns the paths to answer by
// kind. named has the last time at which each path was named.
func accept(named map[string]map[string]time.Time, list []registration.Configuration, token Token, ok bool, now time.Time) map[string][]string {
	for _, c := range list {
		for _, h := range c.Webhooks {
			if path := registration.PathOf(h.ClientConfig); ofKind(c.Kind, path) {
				named[c.Kind][path] = now
			}
		}
	}
	paths := map[string][]string{}
	for kind, times := range named {
		maps.DeleteFunc(times, func(path string, last time.Time) bool {
			if path == registration.FixedPath(kind) {
				return now.Sub(last) > fixedOverlap
			}
			return now.Sub(last) > overlap
		})
		paths[kind] = slices.Sorted(maps.Keys(times))
		if own := token.Path(kind); ok && !slices.Contains(paths[kind], own) {
			paths[kind] = append(paths[kind], own)
		}
	}
	return paths
}
