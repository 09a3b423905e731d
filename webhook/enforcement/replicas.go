package enforcement

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"

	"sluice/api/v1alpha1"
	"sluice/internal/informer"
	"sluice/internal/kube"
)

// Replicas watches the Leases of the replicas that answer reviews. A Lease counts until it is
// deleted, or was not written for its duration. The clock of this process measures that from when it
// saw a write: the clocks of the replicas may differ, so the times in the Leases do not count.
type Replicas struct {
	leases *informer.Informer
	limit  time.Duration
	now    func() time.Time

	mu      sync.Mutex
	written map[types.UID]write
	// ended are the Leases that were found to have ended.
	ended map[types.UID]bool
}

// write is the last write of a Lease that was seen.
type write struct {
	version string
	at      time.Time
}

// NewReplicas prepares a watch of the Leases in a namespace, which Run starts.
func NewReplicas(client dynamic.Interface, namespace string, limit time.Duration, now func() time.Time, log logr.Logger, options ...informer.Option) (*Replicas, error) {
	r := &Replicas{limit: limit, now: now, written: map[types.UID]write{}, ended: map[types.UID]bool{}}
	var err error
	r.leases, err = informer.New(client.Resource(kube.Leases()).Namespace(namespace), "", "leases", log, slices.Concat(options, []informer.Option{
		informer.Labels(v1alpha1.ReplicaLabel + "=" + v1alpha1.ReplicaWebhook),
		// A renewal alone changes nothing.
		informer.Reduce(func(u *unstructured.Unstructured) { unstructured.RemoveNestedField(u.Object, "spec", "renewTime") }),
	})...)
	if err != nil {
		return nil, err
	}
	_, err = r.leases.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) { r.saw(object) }, UpdateFunc: func(_, object any) { r.saw(object) },
	})
	if err != nil {
		return nil, fmt.Errorf("prepare watch of leases: %w", err)
	}
	return r, nil
}

// saw remembers when a Lease was written.
func (r *Replicas) saw(object any) {
	u, ok := object.(*unstructured.Unstructured)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.written[u.GetUID()].version != u.GetResourceVersion() {
		r.written[u.GetUID()] = write{u.GetResourceVersion(), r.now()}
	}
}

// Bounds of the duration in a Lease.
const (
	minDuration     = time.Second
	maxDuration     = 2 * time.Hour
	defaultDuration = 5 * time.Minute // of a Lease that has none
)

// lasts reports how much longer a Lease counts.
func (r *Replicas) lasts(u *unstructured.Unstructured) time.Duration {
	seconds, found, err := unstructured.NestedInt64(u.Object, "spec", "leaseDurationSeconds")
	duration := min(max(time.Duration(seconds)*time.Second, minDuration), maxDuration)
	if !found || err != nil {
		duration = defaultDuration
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	w, seen := r.written[u.GetUID()]
	if !seen {
		return duration // its event is on the way
	}
	return duration - r.now().Sub(w.at)
}

// Coverage says which replicas have which policies in force.
type Coverage struct {
	// Known is false if the Leases can't be read at present.
	Known    bool
	replicas []replica
}

// replica is one that counts.
type replica struct {
	name string
	keys map[string]bool
}

// Coverage returns the present coverage.
func (r *Replicas) Coverage() Coverage {
	if !r.leases.HasSynced() || r.leases.Silence() > r.limit {
		return Coverage{}
	}
	c := Coverage{Known: true}
	for _, u := range r.leases.Objects() {
		if r.lasts(u) < 0 {
			continue
		}
		name, _, err := unstructured.NestedString(u.Object, "spec", "holderIdentity")
		if err != nil || name == "" {
			name = u.GetName()
		}
		keys := map[string]bool{}
		for key := range strings.FieldsSeq(u.GetAnnotations()[v1alpha1.InForceAnnotation]) {
			keys[key] = true
		}
		c.replicas = append(c.replicas, replica{name, keys})
	}
	slices.SortFunc(c.replicas, func(a, b replica) int { return strings.Compare(a.name, b.name) })
	return c
}

// missing names the replicas that do not have the generation of a policy in force.
func (c Coverage) missing(s State) []string {
	key := v1alpha1.InForceKey(string(s.UID), s.Generation)
	var names []string
	for _, r := range c.replicas {
		if !r.keys[key] {
			names = append(names, r.name)
		}
	}
	return names
}

// complete reports whether all replicas have a policy in force, of which there is at least one.
func (c Coverage) complete(s State) bool {
	return c.Known && len(c.replicas) > 0 && len(c.missing(s)) == 0
}

// expiryCheck is how often to look for Leases that ended.
const expiryCheck = time.Second

// run watches until ctx ends. It calls changed when the coverage may have changed, and deletes
// Leases that ended: a replica that lives writes its Lease again.
func (r *Replicas) run(ctx context.Context, client dynamic.ResourceInterface, log logr.Logger, changed func()) {
	go r.leases.RunWithContext(ctx)
	check := time.NewTicker(expiryCheck)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.leases.Changes():
			changed()
			continue
		case <-check.C:
		}
		if r.leases.Silence() > r.limit {
			continue // the Leases may have been renewed meanwhile
		}
		for _, u := range r.leases.Objects() {
			if !r.endsNow(u) {
				continue
			}
			changed()
			only := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: new(u.GetUID()), ResourceVersion: new(u.GetResourceVersion())}}
			err := client.Delete(ctx, u.GetName(), only)
			if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) && ctx.Err() == nil {
				log.Error(err, "Lease of a replica that ended was not deleted; it does not count any more", "lease", u.GetName())
			}
		}
		r.forget()
	}
}

// endsNow reports whether a Lease ended since the last call.
func (r *Replicas) endsNow(u *unstructured.Unstructured) bool {
	ended := r.lasts(u) < 0
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.ended[u.GetUID()]
	r.ended[u.GetUID()] = ended
	return ended && !before
}

// forget drops the writes of Leases that are gone.
func (r *Replicas) forget() {
	present := map[types.UID]bool{}
	for _, u := range r.leases.Objects() {
		present[u.GetUID()] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.written, func(uid types.UID, w write) bool { return !present[uid] && r.now().Sub(w.at) > maxDuration })
	maps.DeleteFunc(r.ended, func(uid types.UID, _ bool) bool { return !present[uid] })
}
