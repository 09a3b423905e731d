package live

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"sluice/api/v1alpha1"
	"sluice/cmd/kubectl-sluice/internal/page/board"
	"sluice/cmd/kubectl-sluice/internal/status"
	"sluice/internal/kube"
	"sluice/validation"
	"sluice/validation/policy"
)

// Reading says how objects become a status: as for "kubectl sluice status".
type Reading struct {
	Network   func(*status.Cluster, *unstructured.Unstructured) error
	Report    func(*unstructured.Unstructured) (v1alpha1.NodeFlowExport, error)
	Heartbeat func(*status.Cluster, unstructured.Unstructured) error
	Profile   func(*status.Cluster, *unstructured.Unstructured) error
	// FlowsConfig gets nil if there is no ConfigMap.
	FlowsConfig func(*status.Cluster, *unstructured.Unstructured)
	// Nodes sorts the Nodes into those on which an agent is to run, and all others.
	Nodes func(context.Context, *status.Cluster, []unstructured.Unstructured) error
}

// Options say what to watch, and how to read it.
type Options struct {
	Client  dynamic.Interface
	Reading Reading
	// Context and Server name the cluster.
	Context, Server string
	// Now is this machine's clock, and Ahead how far the API server's is ahead of it.
	Now   func() time.Time
	Ahead func() time.Duration
}

// Feed makes boards of a cluster.
type Feed struct {
	options Options
	changes chan struct{}

	reports, network, nodes, leases, profiles, config, policies, events, agentEvents *watched

	mu    sync.Mutex
	me    board.Me
	facts board.Facts
	board *board.Board
	next  chan struct{}
}

const (
	// settle is how long to gather changes, and interval the least time between two boards.
	settle, interval = 100 * time.Millisecond, 500 * time.Millisecond
	// recheck is how often to look whether an agent or a watch has become silent, which no
	// event tells. It reads memory only.
	recheck = 2 * time.Second
)

// New prepares a feed. Run starts it.
func New(o Options) (*Feed, error) {
	f := &Feed{options: o, changes: make(chan struct{}, 1), next: make(chan struct{})}
	for _, one := range []struct {
		into **watched
		request
	}{
		{&f.reports, request{name: board.SourceReports, what: "what the nodes report", resource: kube.NodeFlowExports()}},
		{&f.network, request{name: board.SourceNetwork, what: "the collector lists", resource: kube.Networks(), object: validation.ClusterName}},
		{&f.nodes, request{name: board.SourceNodes, what: "nodes without an agent", resource: kube.Nodes(), reduce: ReduceNode}},
		{&f.leases, request{name: board.SourceLeases, what: "which agents are alive", resource: kube.Leases(), namespace: v1alpha1.AgentNamespace, quiet: true}},
		{&f.profiles, request{name: board.SourceProfiles, what: "how nodes export", resource: kube.Profiles()}},
		{&f.config, request{name: board.SourceConfig, what: "the ConfigMap " + validation.FlowsConfigName, resource: kube.ConfigMaps(), namespace: validation.FlowsConfigNamespace, object: validation.FlowsConfigName}},
		{&f.policies, request{name: board.SourcePolicies, what: "who may export where", resource: kube.Policies()}},
		{&f.events, request{name: board.SourceEvents, what: "Events about Sluice's objects", resource: kube.Events(), fields: "involvedObject.apiVersion=" + v1alpha1.GroupVersion.String()}},
		{&f.agentEvents, request{name: board.SourceEvents, what: "Events of the agents", resource: kube.Events(), fields: "source=sluice-agent"}},
	} {
		w, err := newWatched(o.Client, one.request, f.changes, o.Now)
		if err != nil {
			return nil, err
		}
		*one.into = w
	}
	return f, nil
}

// Run watches until ctx ends.
func (f *Feed) Run(ctx context.Context) {
	for _, w := range []*watched{f.reports, f.network, f.nodes, f.leases, f.profiles, f.config, f.policies, f.events, f.agentEvents} {
		go w.run(ctx)
	}
	ticker := time.NewTicker(recheck)
	defer ticker.Stop()
	for {
		if f.build(ctx) && !pause(ctx, interval-settle) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-f.changes:
			if !pause(ctx, settle) {
				return
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// build makes a board and publishes it if it differs from the last one.
func (f *Feed) build(ctx context.Context) (published bool) {
	facts := f.gather(ctx)
	b := board.Build(facts)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.facts = facts
	if _, changed := b.Since(f.board); !changed {
		return false
	}
	f.board = b
	close(f.next)
	f.next = make(chan struct{})
	return true
}

// SetMe says who the user is.
func (f *Feed) SetMe(me board.Me) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.me = me
}

// Latest is the latest board, nil if there is none yet, and a channel that is closed when there
// is another one.
func (f *Feed) Latest() (*board.Board, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.board, f.next
}

// Facts are what the latest board was made from.
func (f *Feed) Facts() board.Facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.facts
}

// Network is the stored object; nil if it does not exist or is not known.
func (f *Feed) Network() *unstructured.Unstructured {
	return f.network.informer.Object()
}

// Policies are the policies as the webhook would read them; false if they are not known.
func (f *Feed) Policies() ([]policy.Policy, bool) {
	if !f.policies.state(f.options.Now()).Known() {
		return nil, false
	}
	var list []policy.Policy
	for _, u := range f.policies.informer.Objects() {
		list = append(list, kube.PolicyOf(u))
	}
	return list, true
}
