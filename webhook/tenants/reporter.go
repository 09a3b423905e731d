package tenants

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/internal/backoff"
	"sluice/internal/informer"
	"sluice/internal/kube"
	"sluice/validation"
	"sluice/validation/policy"
)

// Reporter keeps the status of the FlowExports current. The agents send only for those that it
// accepted. Only one may run in a cluster at a time.
type Reporter struct {
	Client  dynamic.Interface
	Options validation.Options
	Now     func() time.Time
	// Policies returns the policies in force. While it returns an error, nothing is written. Changed
	// receives a value after they changed.
	Policies func() (*policy.Set, error)
	Changed  <-chan struct{}
	// Watching are the options of the watches. Limit is how long the API server may be silent before
	// what was read counts as unknown.
	Watching []informer.Option
	Limit    time.Duration
	// Pause is the least time between two evaluations for the reports of the nodes alone.
	Pause time.Duration
	Log   logr.Logger
	// Counted receives a value after Counts changed; it may be nil.
	Counted chan struct{}

	// counted is when the counters of a FlowExport were written last; before, started is.
	counted map[types.UID]time.Time
	started time.Time
	counts  atomic.Pointer[map[string]v1alpha1.PolicyFlowExports]
	// invalid are the generations of FlowExports with a status that can't be stored.
	invalid map[types.UID]int64
}

// DefaultPause is the Pause of a cluster.
const DefaultPause = 5 * time.Second

const (
	// settle gathers changes that come together, such as many FlowExports of one kubectl apply.
	settle = 100 * time.Millisecond
	// countPeriod is the least time between two writes of counters alone.
	countPeriod = time.Minute
	// look again without a change: an agent may have stopped, and counters may be due.
	lookPeriod = 15 * time.Second
)

// watches are what a status is made from.
type watches struct {
	exports, namespaces, reports, leases *informer.Informer
	// urgent receives a value after a FlowExport changed, relabeled after a namespace did, reported after
	// the nodes' reports did.
	urgent, relabeled, reported chan struct{}
}

func (r *Reporter) watch() (watches, error) {
	w := watches{urgent: make(chan struct{}, 1), relabeled: make(chan struct{}, 1), reported: make(chan struct{}, 1)}
	var errs [4]error
	fast, slow := informer.Notify(w.urgent), informer.Notify(w.reported)
	w.exports, errs[0] = informer.New(r.Client.Resource(kube.FlowExports()), "", "flowexports", r.Log, with(r.Watching, fast, informer.Reduce(reduceExport))...)
	w.namespaces, errs[1] = informer.New(r.Client.Resource(kube.Namespaces()), "", "namespaces", r.Log, with(r.Watching, informer.Notify(w.relabeled), informer.Reduce(reduceNamespace))...)
	w.reports, errs[2] = informer.New(r.Client.Resource(kube.NodeFlowExports()), "", "nodeflowexports", r.Log, with(r.Watching, slow, informer.Reduce(reduceReport))...)
	agents := r.Client.Resource(kube.Leases()).Namespace(v1alpha1.AgentNamespace)
	// Each agent renews its Lease all the time. They are looked at with everything else.
	w.leases, errs[3] = informer.New(agents, "", "leases of agents", r.Log, with(r.Watching, informer.Reduce(reduceLease))...)
	return w, errors.Join(errs[:]...)
}

// Run reports until ctx ends.
func (r *Reporter) Run(ctx context.Context) error {
	r.counted, r.invalid, r.started = map[types.UID]time.Time{}, map[types.UID]int64{}, r.Now()
	r.counts.Store(nil)
	w, err := r.watch()
	if err != nil {
		return err
	}
	for _, i := range []*informer.Informer{w.exports, w.namespaces, w.reports, w.leases} {
		go i.RunWithContext(ctx)
	}
	if !w.exports.Wait(ctx) || !w.namespaces.Wait(ctx) {
		return nil
	}
	again := time.NewTicker(lookPeriod)
	defer again.Stop()
	retry := time.NewTimer(0)
	defer retry.Stop()
	for failures := 0; ; {
		retry.Stop()
		if err := r.report(ctx, w); err != nil && ctx.Err() == nil {
			failures++
			r.Log.Error(err, "status of the FlowExports was not stored; retrying", "failures", failures)
			retry.Reset(backoff.Wait(failures))
		} else {
			failures = 0
		}
		if !r.wait(ctx, w, again.C, retry.C) {
			return nil
		}
	}
}

// wait waits until the next evaluation is due; false if ctx ended.
func (r *Reporter) wait(ctx context.Context, w watches, again, retry <-chan time.Time) bool {
	settled := time.NewTimer(settle)
	defer settled.Stop()
	paused := time.NewTimer(r.Pause)
	defer paused.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-settled.C:
	}
	var reported <-chan struct{} // nil until the pause is over
	for {
		select {
		case <-ctx.Done():
			return false
		case <-paused.C:
			reported = w.reported
			continue
		case <-reported:
		case <-w.urgent:
		case <-w.relabeled:
		case <-r.Changed:
		case <-again:
		case <-retry:
		}
		return true
	}
}

// report stores each status that changed.
func (r *Reporter) report(ctx context.Context, w watches) error {
	for _, c := range []<-chan struct{}{w.urgent, w.relabeled, r.Changed} {
		select {
		case <-c: // what changed is evaluated now
		default:
		}
	}
	set, err := r.Policies()
	if err != nil {
		r.Log.V(1).Info("FlowExports are not evaluated", "reason", err.Error())
		return nil
	}
	if silence := max(w.exports.Silence(), w.namespaces.Silence()); r.Limit > 0 && silence > r.Limit {
		return nil // what is stored stays until the API server answers
	}
	r.forget(w.exports.Objects())
	nodes := r.read(w)
	var problems []error
	counts := emptyCounts(set)
	var due []change
	exports := r.byNamespace(w.exports.Objects(), &problems)
	sums := nodes.rollUp(exports)
	for namespace, list := range exports {
		item, found, err := w.namespaces.GetStore().GetByKey(namespace)
		u, ok := item.(*unstructured.Unstructured)
		if err != nil || !found || !ok {
			continue // it was created or deleted a moment ago; the watch will report it
		}
		n := validation.Namespace{Name: namespace, Labels: u.GetLabels()}
		judgments := set.Judge(n, r.stored(list))
		counts.add(set, n, judgments)
		for i := range list {
			if c, is := r.change(&list[i], judgments[i], sums[list[i].UID]); is {
				due = append(due, c)
			}
		}
	}
	r.count(counts)
	problems = append(problems, r.storeAll(ctx, due, func() bool { return len(r.Changed) > 0 || len(w.relabeled) > 0 }))
	return errors.Join(problems...)
}

// forget drops what is kept of FlowExports that are gone, so that a tenant who creates and deletes some all day
// takes no memory.
func (r *Reporter) forget(stored []*unstructured.Unstructured) {
	left := make(map[types.UID]bool, len(stored))
	for _, u := range stored {
		left[u.GetUID()] = true
	}
	maps.DeleteFunc(r.counted, func(uid types.UID, _ time.Time) bool { return !left[uid] })
	maps.DeleteFunc(r.invalid, func(uid types.UID, _ int64) bool { return !left[uid] })
}

// read returns what the nodes report, if that and which agents are alive are known.
func (r *Reporter) read(w watches) nodes {
	n := nodes{knowledge: known}
	for _, i := range []*informer.Informer{w.reports, w.leases} {
		switch {
		case r.Limit > 0 && i.Silence() > r.Limit:
			return nodes{knowledge: unknown}
		case !i.HasSynced():
			n.knowledge = pending
		}
	}
	if n.knowledge == known {
		n.read(w.reports.Objects(), w.leases.Objects(), r.Now())
	}
	return n
}

// byNamespace reads the FlowExports, sorted by name.
func (r *Reporter) byNamespace(objects []*unstructured.Unstructured, problems *[]error) map[string][]v1alpha1.FlowExport {
	slices.SortFunc(objects, func(a, b *unstructured.Unstructured) int { return cmp.Compare(a.GetName(), b.GetName()) })
	list := map[string][]v1alpha1.FlowExport{}
	for _, u := range objects {
		var f v1alpha1.FlowExport
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &f); err != nil {
			*problems = append(*problems, fmt.Errorf("read FlowExport %s/%s: %w", u.GetNamespace(), u.GetName(), err))
			continue
		}
		list[f.Namespace] = append(list[f.Namespace], f)
	}
	return list
}

// isAccepted reports whether a FlowExport is accepted in its present generation.
func isAccepted(f *v1alpha1.FlowExport) bool {
	if f.Status == nil {
		return false
	}
	c := meta.FindStatusCondition(f.Status.Conditions, v1alpha1.ConditionAccepted)
	return c != nil && c.Status == metav1.ConditionTrue && c.ObservedGeneration == f.Generation
}

// stored reads the collectors. What is stored is canonical, because the schema and the webhook saw to it;
// anything else is malformed.
func (r *Reporter) stored(list []v1alpha1.FlowExport) []policy.Stored {
	options := r.Options
	options.RejectNonCanonical = true
	stored := make([]policy.Stored, len(list))
	for i := range list {
		f := &list[i]
		s := policy.Stored{Name: f.Name, Created: f.CreationTimestamp.Time, Deleting: f.DeletionTimestamp != nil, Accepted: isAccepted(f)}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(f)
		var o validation.Object
		if err == nil {
			o, err = validation.FromMap(validation.FlowExport, content)
		}
		if err != nil {
			s.Malformed = fmt.Sprintf("can't be read: %.500s", err)
		} else if v := validation.Review(validation.Input{Operation: validation.Create, Object: o, Options: options}); len(v.Errors) > 0 {
			s.Malformed = v.Errors[0].Line()
		}
		s.Collectors = validation.Stored(o, r.Options).Result
		stored[i] = s
	}
	return stored
}
