package registration

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/dynamic"

	"sluice/internal/informer"
)

// Configuration is one of the two objects as the API server has it.
type Configuration struct {
	Kind string
	// Found is false if the object does not exist. The API server then calls no webhook.
	Found           bool
	ResourceVersion string
	Webhooks        []Webhook
	// Differences from the manifests, and webhooks that API servers can't trust.
	Differences []string
	// Injector is the annotation that makes another controller write the bundles; empty without one.
	Injector string
}

// injectors are the annotations of OpenShift's service CA and of cert-manager's cainjector.
func injectors() []string {
	return []string{
		"service.beta.openshift.io/inject-cabundle",
		"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret", "cert-manager.io/inject-apiserver-ca",
	}
}

// injector returns the annotation that an object has; empty if it has none.
func injector(annotations map[string]string) string {
	for _, name := range injectors() {
		if value, ok := annotations[name]; ok && value != "false" {
			return name
		}
	}
	return ""
}

// Problem says what is wrong with the object; empty if nothing is.
func (c Configuration) Problem() string {
	switch {
	case !c.Found:
		return c.Kind + " " + Name + " is missing"
	case len(c.Differences) > 0:
		return c.Kind + " " + Name + " is changed: " + strings.Join(c.Differences, "; ")
	}
	return ""
}

// Watch watches the two objects.
type Watch struct {
	config    Config
	wanted    map[string][]Webhook
	informers map[string]*informer.Informer
	now       func() time.Time
	log       logr.Logger

	mu             sync.Mutex
	known          bool
	configurations []Configuration
	// trusted are the authorities that are in every bundle, by fingerprint, and since when. One
	// that was there at the start counts from its NotBefore.
	trusted     map[[sha256.Size]byte]trustedAuthority
	subscribers []chan struct{}
	// outdated is the version of each object, by kind and field, for which a write was too late.
	outdated map[string]string
}

type trustedAuthority struct {
	certificate *x509.Certificate
	since       time.Time
}

// Config says what to watch, and what to compare it with.
type Config struct {
	Client dynamic.Interface
	// Target is what API servers must call.
	Target Target
	// Serving, if set, returns the serving certificate of this replica and its
	// intermediates; empty if there is none.
	Serving func() []*x509.Certificate
	// Limit is how long the API server may be silent before the configurations count as unknown.
	Limit   time.Duration
	Options []informer.Option
	Now     func() time.Time
	Log     logr.Logger
}

// NewWatch prepares a watch, which Run starts.
func NewWatch(config Config) (*Watch, error) {
	wanted, err := Expected()
	if err != nil {
		return nil, err
	}
	w := &Watch{config: config, wanted: wanted, informers: map[string]*informer.Informer{}, outdated: map[string]string{}, now: config.Now, log: config.Log}
	for kind := range wanted {
		if w.informers[kind], err = informer.New(config.Client.Resource(Resource(kind)), Name, strings.ToLower(kind)+"s", config.Log, config.Options...); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Subscribe returns a channel that receives a value after each change.
func (w *Watch) Subscribe() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan struct{}, 1)
	w.subscribers = append(w.subscribers, c)
	return c
}

// staleCheck is how often to look whether the configurations became unknown, or known again.
const staleCheck = time.Second

// trustCheck is how often to check the bundles without a change: certificates expire and are
// replaced.
const trustCheck = 30 * time.Second

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	for _, i := range w.informers {
		go i.RunWithContext(ctx)
	}
	for _, i := range w.informers {
		if !i.Wait(ctx) {
			return nil
		}
	}
	stale, trust := time.NewTicker(staleCheck), time.NewTicker(trustCheck)
	defer stale.Stop()
	defer trust.Stop()
	if err := w.read(); err != nil {
		return err
	}
	for before := false; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-stale.C:
			if now := w.Stale(); now != before {
				before = now
				w.notify()
			}
			continue
		case <-trust.C:
		case <-w.informers[Mutating].Changes():
		case <-w.informers[Validating].Changes():
		}
		if err := w.read(); err != nil {
			return err
		}
	}
}

// Stale reports whether the API server has been silent for so long that the configurations may have
// changed since.
func (w *Watch) Stale() bool {
	for _, i := range w.informers {
		if i.Silence() > w.config.Limit {
			return true
		}
	}
	return false
}

// read reads the present state of the two objects.
func (w *Watch) read() error {
	var list []Configuration
	var all []Webhook
	for _, kind := range []string{Mutating, Validating} {
		c := Configuration{Kind: kind}
		if u := w.informers[kind].Object(); u != nil {
			webhooks, err := Read(kind, u.Object)
			if err != nil {
				return fmt.Errorf("read the webhook configurations: %w", err)
			}
			c.Found, c.ResourceVersion, c.Webhooks, c.Injector = true, u.GetResourceVersion(), webhooks, injector(u.GetAnnotations())
			all = append(all, webhooks...)
		}
		list = append(list, c)
	}
	target := w.config.Target.Resolve(all)
	for i, c := range list {
		if c.Found {
			list[i].Differences = append(Differences(w.wanted[c.Kind], c.Webhooks, target), w.distrust(c.Webhooks)...)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report(list)
	w.trusted = trustedSince(w.trusted, list, w.known, w.now())
	w.known, w.configurations = true, list
	w.notifyLocked()
	return nil
}

func (w *Watch) notify() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notifyLocked()
}

func (w *Watch) notifyLocked() {
	for _, s := range w.subscribers {
		select {
		case s <- struct{}{}:
		default: // a value is waiting already
		}
	}
}

// distrust lists the webhooks whose bundle does not lead to the serving certificate. API servers
// can't call those.
func (w *Watch) distrust(webhooks []Webhook) []string {
	if w.config.Serving == nil {
		return nil
	}
	var list []string
	chain := w.config.Serving()
	for _, h := range webhooks {
		if problem := TrustProblem(h.ClientConfig, chain, w.now()); problem != "" {
			list = append(list, h.Name+" "+problem)
		}
	}
	return list
}

// report logs each problem when it appears, and when it ends.
func (w *Watch) report(list []Configuration) {
	for i, c := range list {
		before := ""
		if w.known {
			before = w.configurations[i].Problem()
		}
		switch problem := c.Problem(); problem {
		case before:
		case "":
			w.log.Info("webhook configuration matches the manifests again", "kind", c.Kind)
		default:
			w.log.Error(errors.New(problem), "webhook configuration missing or changed: requests may pass unreviewed")
		}
	}
}

// trustedSince returns the authorities that are in every bundle. If the previous state is known,
// new authorities count from now.
func trustedSince(before map[[sha256.Size]byte]trustedAuthority, list []Configuration, known bool, now time.Time) map[[sha256.Size]byte]trustedAuthority {
	var common map[[sha256.Size]byte]trustedAuthority
	for _, c := range list {
		for _, h := range c.Webhooks {
			here := map[[sha256.Size]byte]trustedAuthority{}
			for _, a := range certificates(h.ClientConfig.CABundle) {
				fingerprint := sha256.Sum256(a.Raw)
				if _, everywhere := common[fingerprint]; common != nil && !everywhere {
					continue
				}
				since := a.NotBefore
				if known {
					since = now
				}
				if b, ok := before[fingerprint]; ok {
					since = b.since
				}
				here[fingerprint] = trustedAuthority{a, since}
			}
			common = here
		}
	}
	return common
}

// State returns the two objects; known is false until they are read.
func (w *Watch) State() (list []Configuration, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.configurations, w.known
}

// Problem says what is wrong with the registration; empty if nothing is. known is false until the
// two objects are read, and while they are stale.
func (w *Watch) Problem() (reason string, known bool) {
	list, known := w.State()
	if !known || w.Stale() {
		return "", false
	}
	var reasons []string
	for _, c := range list {
		if problem := c.Problem(); problem != "" {
			reasons = append(reasons, problem)
		}
	}
	return strings.Join(reasons, "; "), known
}

// Injector returns the annotation that makes another controller write the bundles; empty without one.
func (w *Watch) Injector() string {
	list, _ := w.State()
	for _, c := range list {
		if c.Injector != "" {
			return c.Injector
		}
	}
	return ""
}

// Trusts reports whether API servers have trusted a serving certificate at least since a time:
// its authority was in every bundle by then, or is the only valid one, so that no other
// certificate would work. Without webhook configurations, API servers call no webhook, and any
// certificate can be served.
func (w *Watch) Trusts(leaf *x509.Certificate, since time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.known {
		return false
	}
	webhooks := 0
	for _, c := range w.configurations {
		webhooks += len(c.Webhooks)
	}
	if webhooks == 0 {
		return true
	}
	now := w.now()
	valid, trusted, in := 0, false, time.Time{}
	for _, a := range w.trusted {
		if now.Before(a.certificate.NotBefore) || !now.Before(a.certificate.NotAfter) {
			continue
		}
		valid++
		if leaf.CheckSignatureFrom(a.certificate) == nil {
			trusted, in = true, a.since
		}
	}
	return trusted && (valid == 1 || !in.After(since))
}
