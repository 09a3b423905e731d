package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"sluice/api/v1alpha1"
	"sluice/internal/kube"
)

// replica is what the Lease of a replica of the webhook says.
type replica struct {
	name string
	// silent is how long ago the Lease was written, by the API server's clock.
	silent time.Duration
	// counts is how long the Lease counts without a write.
	counts time.Duration
	// ended says that the replica must have stopped answering.
	ended bool
	keys  map[string]bool
	// expires is when its certificate expires, as the Lease says it. reports says that the Lease says it at all.
	expires string
	reports bool
}

// renewals is how much longer than usual a Lease may take to be renewed, which is 30 seconds.
const renewals = 90 * time.Second

// inForce checks whether each replica of the webhook has the current generation of all policies in
// force. The Leases of replicas that died still say so for some minutes, which proves nothing while none
// is ready.
func (c Cluster) inForce(ctx context.Context, noneReady bool) Finding {
	f := Finding{ID: idInForce, State: OK, What: "policies in force on the replicas of the webhook", Detail: "all"}
	policies, err := c.policies(ctx)
	switch {
	case err != nil:
		return f.unknown(err)
	case len(policies) == 0:
		f.Detail = "there is no FlowExportPolicy, so no replica needs one"
		return f
	}
	if slices.ContainsFunc(policies, invalid) {
		policies = slices.DeleteFunc(policies, invalid)
		f.Detail = "all valid ones"
	}
	switch {
	case len(policies) == 0:
		f.Detail = "there is no valid FlowExportPolicy, so no replica needs one"
		return f
	case noneReady:
		f.State, f.Why = Unknown, "no replica is ready"
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
			wrong = append(wrong, fmt.Sprintf("%s has not been heard from for %s; it stops counting after %s", r.name, short(r.silent), short(r.counts)))
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
		renewal, renewed, err := kube.ReadRenewal(&leases[i])
		if err != nil {
			return nil, err
		}
		if renewed && renewal.Duration > 0 {
			r.silent, r.counts = c.Now().Sub(renewal.At), renewal.Duration
			r.ended = r.silent > r.counts
		}
		r.expires, r.reports = l.Annotations[v1alpha1.CertificateAnnotation]
		for key := range strings.FieldsSeq(l.Annotations[v1alpha1.InForceAnnotation]) {
			r.keys[key] = true
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b replica) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// missing names the policies whose current generation a replica does not have in force.
func (r replica) missing(policies []v1alpha1.FlowExportPolicy) []string {
	var names []string
	for _, p := range policies {
		if !r.keys[v1alpha1.InForceKey(string(p.UID), p.Generation)] {
			names = append(names, fmt.Sprintf("%s (generation %d)", p.Name, p.Generation))
		}
	}
	slices.Sort(names)
	return names
}

// short writes a time in whole seconds, and leaves out what is zero at its end: 1m36s, 4m.
func short(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// shorten joins the first names of a list, and counts the others.
func shorten(names []string) string {
	text := strings.Join(names[:min(len(names), shownNodes)], ", ")
	if more := len(names) - shownNodes; more > 0 {
		text = fmt.Sprintf("%s and %d more", text, more)
	}
	return text
}
