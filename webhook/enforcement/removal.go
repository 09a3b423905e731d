package enforcement

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/validation/policy"
	"sluice/webhook/admissionpolicies"
)

// AdmissionPolicies keeps the admission policies in the API server.
type AdmissionPolicies interface {
	// Start begins to watch them until the context ends. It returns false if that is before the
	// first list is complete.
	Start(ctx context.Context) bool
	// Changes receives a value after one changed.
	Changes() <-chan struct{}
	// Reconcile makes them those of the policies, and returns what the API server has.
	Reconcile(ctx context.Context, policies []policy.Policy) (admissionpolicies.State, error)
}

// keep reconciles the admission policies, and returns the condition of each policy by name. It
// runs before the status is written: the condition allows removals by its generation.
func (a *Auditor) keep(ctx context.Context, snapshot *Snapshot) (map[string][]metav1.Condition, error) {
	if a.AdmissionPolicies == nil {
		return nil, nil //nolint:nilnil // there is no such condition
	}
	all := append(snapshot.Policies.All(), snapshot.Policies.Tenants()...)
	state, err := a.AdmissionPolicies.Reconcile(ctx, all)
	conditions := make(map[string][]metav1.Condition, len(all))
	unreadable := make(map[string]error, len(all))
	for _, s := range snapshot.States {
		unreadable[s.Name] = s.Err
	}
	for _, p := range all {
		conditions[p.Name] = []metav1.Condition{state.Condition(p, unreadable[p.Name])}
	}
	return conditions, err
}
