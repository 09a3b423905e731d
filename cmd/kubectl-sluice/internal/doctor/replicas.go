package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// replica is what the Lease of a replica of the webhook says.
type replica struct {
	name string
	// silent is how long ago the Lease was written, by the clocks of the replica and of this machine.
	silent time.Duration
	// ended says that the replica must have stopped answering.
	ended bool
	keys  map[string]bool
}

// renewals is how much longer than usual a Lease may take to be renewed, which is 30 seconds.
const renewals = 90 * time.Second

// inForce checks whether each replica of the webhook has the current generation of all policies in
// force.
func (c Cluster) inForce(ctx context.Context) Finding {
	f := Finding{State: OK, What: "every replica of the webhook has all policies in force"}
	policies, err := c.List(ctx, kube.Policies(), "")
	switch {
	case apierrors.IsNotFound(err):
		return f.unknown(kube.ErrNoPolicies)
	case err != nil:
		return f.unknown(err)
	case len(policies) == 0:
		f.What = "there is no FlowExportPolicy, so no replica needs one"
		return f
	}
	replicas, err := c.replicas(ctx)
	if err != nil {
		return f.unknown(err)
	}
	var wrong []string
	counted := 0
	for _, r := range replicas {
		if r.ended {
			continue
		}
		counted++
		if missing := r.missing(policies); len(missing) > 0 {
			wrong = append(wrong, fmt.Sprintf("%s does not have %s in force", r.name, shorten(missing)))
		}
		if r.silent > renewals {
			wrong = append(wrong, fmt.Sprintf("%s has not been heard for %s", r.name, r.silent.Round(time.Second)))
		}
	}
	switch {
	case counted == 0:
		f.State, f.Why = Bad, "no replica has reported which policies it has in force"
	case len(wrong) > 0:
		f.State, f.Why = Bad, strings.Join(wrong, "; ")
	default:
		return f
	}
	f.Do = fmt.Sprintf("kubectl -n %[1]s get pods -o wide; kubectl -n %[1]s logs -l app.kubernetes.io/component=webhook; kubectl sluice runbook SluiceWatchSilent", webhookNamespace)
	return f
}

// webhookNamespace has the Leases of the replicas.
const webhookNamespace = "sluice-system"

// replicas reads the Leases of the replicas, sorted by name.
func (c Cluster) replicas(ctx context.Context) ([]replica, error) {
	leases, err := c.List(ctx, kube.Leases(), webhookNamespace)
	if err != nil {
		return nil, err
	}
	var list []replica
	for i := range leases {
		if leases[i].GetLabels()[v1alpha1.ReplicaLabel] != v1alpha1.ReplicaWebhook {
			continue
		}
		var l coordinationv1.Lease
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(leases[i].Object, &l); err != nil {
			return nil, err
		}
		r := replica{name: l.Name, keys: map[string]bool{}}
		if l.Spec.HolderIdentity != nil {
			r.name = *l.Spec.HolderIdentity
		}
		if l.Spec.RenewTime != nil && l.Spec.LeaseDurationSeconds != nil {
			r.silent = c.Now().Sub(l.Spec.RenewTime.Time)
			r.ended = r.silent > time.Duration(*l.Spec.LeaseDurationSeconds)*time.Second
		}
		for key := range strings.FieldsSeq(l.Annotations[v1alpha1.InForceAnnotation]) {
			r.keys[key] = true
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b replica) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// missing names the policies whose current generation a replica does not have in force.
func (r replica) missing(policies []unstructured.Unstructured) []string {
	var names []string
	for i := range policies {
		if !r.keys[v1alpha1.InForceKey(string(policies[i].GetUID()), policies[i].GetGeneration())] {
			names = append(names, fmt.Sprintf("%s (generation %d)", policies[i].GetName(), policies[i].GetGeneration()))
		}
	}
	slices.Sort(names)
	return names
}

// shorten joins the first names of a list, and counts the others.
func shorten(names []string) string {
	text := strings.Join(names[:min(len(names), shownNodes)], ", ")
	if more := len(names) - shownNodes; more > 0 {
		text = fmt.Sprintf("%s and %d more", text, more)
	}
	return text
}
