package tenants

import (
	"maps"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

// policyCounts are the FlowExports in the namespaces that each policy names.
type policyCounts map[string]v1alpha1.PolicyFlowExports

func emptyCounts(set *policy.Set) policyCounts {
	c := policyCounts{}
	for _, p := range set.Tenants() {
		c[p.Name] = v1alpha1.PolicyFlowExports{}
	}
	return c
}

// add counts the FlowExports of a namespace for each policy that names it.
func (c policyCounts) add(set *policy.Set, n validation.Namespace, judgments []policy.Judgment) {
	var accepted, refused int32
	for _, j := range judgments {
		if j.Accepted {
			accepted++
		} else {
			refused++
		}
	}
	for _, p := range set.Tenants() {
		if p.Namespaces.Match(n) {
			count := c[p.Name]
			count.Accepted, count.Refused = count.Accepted+accepted, count.Refused+refused
			c[p.Name] = count
		}
	}
}

// count publishes the counts.
func (r *Reporter) count(c policyCounts) {
	if before := r.counts.Load(); before != nil && maps.Equal(*before, map[string]v1alpha1.PolicyFlowExports(c)) {
		return
	}
	plain := map[string]v1alpha1.PolicyFlowExports(c)
	r.counts.Store(&plain)
	select {
	case r.Counted <- struct{}{}:
	default: // a value is waiting already, or no one does
	}
}

// Counts returns the FlowExports in the namespaces that each policy names; false if they are not counted
// yet.
func (r *Reporter) Counts() (map[string]v1alpha1.PolicyFlowExports, bool) {
	c := r.counts.Load()
	if c == nil {
		return nil, false
	}
	return *c, true
}
