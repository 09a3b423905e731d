package source

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// DefaultLease is how long an agent counts as alive after a sign of life. It is renewed
// about every 40 seconds, so that one renewal may fail, and a dead agent is seen within two
// minutes.
const DefaultLease = 100 * time.Second

// renewals is how often a Lease is renewed before it runs out.
const renewals = 2.5

// Heartbeat renews the Lease of a node's agent, in the agents' namespace and with the node's
// name, as long as the agent's loop shows that it is at work. A report says what was so when
// it was written; the Lease says whether it still is.
type Heartbeat struct {
	// Cluster is where the Lease is written.
	Cluster *Cluster
	// Duration of the Lease, at least a second and in whole ones.
	Duration time.Duration
	Now      func() time.Time

	signs chan struct{}
}

// NewHeartbeat prepares a Heartbeat.
func NewHeartbeat(c *Cluster, duration time.Duration, now func() time.Time) *Heartbeat {
	return &Heartbeat{Cluster: c, Duration: duration, Now: now, signs: make(chan struct{}, 1)}
}

// Alive takes a sign of life. It doesn't block.
func (h *Heartbeat) Alive() {
	select {
	case h.signs <- struct{}{}:
	default:
	}
}

// Run renews the Lease until ctx ends. It does so only after signs of life: what hangs must
// not look alive. The Lease is not given back at the end; it runs out, unless another agent
// of the node, as in an update, goes on with it.
func (h *Heartbeat) Run(ctx context.Context) error {
	interval := time.Duration(float64(h.Duration) / renewals)
	var due time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.signs:
		}
		now := h.Now()
		if now.Before(due) {
			continue
		}
		wait := interval
		if err := h.Cluster.renew(ctx, h.Duration, now); err != nil && ctx.Err() == nil {
			wait = interval / 4
			h.Cluster.log.Error(err, "the Lease could not be renewed; retrying", "namespace", v1alpha1.AgentNamespace)
		}
		due = now.Add(wait*9/10 + rand.N(wait/5)) //nolint:gosec // jitter
	}
}

// errNodeMissing says that there is no Node to which a Lease could belong.
var errNodeMissing = errors.New("there is no Node of this name")

// renew writes the Lease. It belongs to the Node and goes with it.
func (c *Cluster) renew(ctx context.Context, duration time.Duration, now time.Time) error {
	node := c.nodes.Object()
	if node == nil {
		return errNodeMissing
	}
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": kube.Leases().GroupVersion().String(), "kind": "Lease",
		"metadata": map[string]any{
			"name": c.node, "namespace": v1alpha1.AgentNamespace,
			"ownerReferences": []any{map[string]any{"apiVersion": "v1", "kind": "Node", "name": node.GetName(), "uid": string(node.GetUID())}},
		},
		"spec": map[string]any{
			"holderIdentity": c.node, "leaseDurationSeconds": int64(duration / time.Second),
			"renewTime": now.UTC().Format(metav1.RFC3339Micro),
		},
	}}
	if _, err := c.client.Resource(kube.Leases()).Namespace(v1alpha1.AgentNamespace).Apply(ctx, c.node, object, applyOptions()); err != nil {
		return fmt.Errorf("apply Lease: %w", err)
	}
	c.wrote()
	return nil
}
