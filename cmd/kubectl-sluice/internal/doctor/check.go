package doctor

import (
	"context"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"

	"sluice/internal/kube"
	"sluice/webhook/paths"
)

// State is the result of a check.
type State string

// The states.
const (
	OK      State = "ok"
	Bad     State = "bad"
	Warn    State = "warn"    // it was a problem, or may become one
	Unknown State = "unknown" // the check could not be run
)

// Finding is what a check found.
type Finding struct {
	State State `json:"state"`
	// What is checked, as a statement that is true if State is OK.
	What string `json:"what"`
	// Why says what is wrong, and Do how to fix it.
	Why string `json:"why,omitempty"`
	Do  string `json:"do,omitempty"`
}

// unknown is the finding of a check that could not be run.
func (f Finding) unknown(err error) Finding {
	f.State, f.Why = Unknown, paths.Redact(err.Error())
	return f
}

// Cluster is what is checked.
type Cluster struct {
	kube.Reader
	Now func() time.Time
	// Metrics reads the metrics of the API server, and Version its version.
	Metrics func(context.Context) (string, error)
	Version func() (*version.Info, error)
}

// Check runs all checks, causes before their effects.
func (c Cluster) Check(ctx context.Context) []Finding {
	list := []Finding{c.supported(), c.served(ctx)}
	registered, noneReady := c.registered(ctx)
	list = append(list, registered...)
	return append(list, c.rejects(ctx), c.controlled(ctx), c.validity(ctx), c.removals(ctx), c.inForce(ctx, noneReady), c.unreviewed(ctx), c.alive(ctx))
}

const reinstall = "apply the manifests of this version again"

// served looks for the CRDs.
func (c Cluster) served(ctx context.Context) Finding {
	f := Finding{State: OK, What: "the API server serves Sluice's resources"}
	var missing []string
	for _, resource := range []schema.GroupVersionResource{kube.Policies(), kube.Profiles(), kube.NodeFlowExports()} {
		_, err := c.Client.Resource(resource).List(ctx, metav1.ListOptions{Limit: 1})
		switch {
		case apierrors.IsNotFound(err):
			missing = append(missing, resource.GroupResource().String())
		case err != nil && f.State == OK:
			f = f.unknown(err)
		}
	}
	if missing != nil {
		f.State, f.Why, f.Do = Bad, "there is no CRD "+strings.Join(missing, ", "), reinstall
	}
	return f
}
