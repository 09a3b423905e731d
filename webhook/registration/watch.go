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
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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
	// Differences from the manifests.
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
		return c.Kind + " " + Name + " differs from the manifests: " + strings.Join(c.Differences, "; ")
	}
	return ""
}

// Watch watches the two objects.
type Watch struct {
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
	// outdated is the version of each object, by kind, for which a write was too late.
	outdated map[string]string
}

type trustedAuthority struct {
	certificate *x509.Certificate
	since       time.Time
}

// NewWatch prepares a watch, which Run starts.
func NewWatch(client dynamic.Interface, now func() time.Time, log logr.Logger) (*Watch, error) {
	wanted, err := Expected()
	if err != nil {
		return nil, err
	}
	w := &Watch{wanted: wanted, informers: map[string]*informer.Informer{}, outdated: map[string]string{}, now: now, log: log}
	for kind := range wanted {
		if w.informers[kind], err = informer.New(client.Resource(Resource(kind)), Name, strings.ToLower(kind)+"s", log); err != nil {
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
	for {
		if err := w.read(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.informers[Mutating].Changes():
		case <-w.informers[Validating].Changes():
		}
	}
}

// read reads the present state of the two objects.
func (w *Watch) read() error {
	var list []Configuration
	for _, kind := range []string{Mutating, Validating} {
		c := Configuration{Kind: kind}
		for _, item := range w.informers[kind].GetStore().List() {
			u, ok := item.(*unstructured.Unstructured)
			if !ok {
				continue
			}
			webhooks, err := Read(kind, u.Object)
			if err != nil {
				return fmt.Errorf("read the webhook configurations: %w", err)
			}
			c.Found, c.ResourceVersion, c.Webhooks = true, u.GetResourceVersion(), webhooks
			c.Differences, c.Injector = Differences(w.wanted[kind], webhooks), injector(u.GetAnnotations())
		}
		list = append(list, c)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.report(list)
	w.trusted = trustedSince(w.trusted, list, w.known, w.now())
	w.known, w.configurations = true, list
	for _, s := range w.subscribers {
		select {
		case s <- struct{}{}:
		default: // a value is waiting already
		}
	}
	return nil
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
// two objects are read.
func (w *Watch) Problem() (reason string, known bool) {
	list, known := w.State()
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
