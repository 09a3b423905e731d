package tenants

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

func TestCounts(t *testing.T) {
	named := func(name string, namespaces ...string) policy.Policy {
		return policy.Policy{Name: name, Namespaces: &policy.Namespaces{Names: namespaces}, Allow: []policy.Rule{{}}}
	}
	set := policy.Compile([]policy.Policy{named("a", "team-a"), named("both", "team-a", "team-b"), named("none", "team-c"), {Name: "cluster", Allow: []policy.Rule{{}}}})
	c := emptyCounts(set)
	c.add(set, validation.Namespace{Name: "team-a"}, []policy.Judgment{{Accepted: true}, {}})
	c.add(set, validation.Namespace{Name: "team-b"}, []policy.Judgment{{Accepted: true}})
	c.add(set, validation.Namespace{Name: "team-d"}, []policy.Judgment{{}})
	want := policyCounts{"a": {Accepted: 1, Refused: 1}, "both": {Accepted: 2, Refused: 1}, "none": v1alpha1.PolicyFlowExports{}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	r := &Reporter{Counted: make(chan struct{}, 1)}
	if _, known := r.Counts(); known {
		t.Error("known before the first evaluation")
	}
	r.count(c)
	if got, known := r.Counts(); !known || len(got) != 3 || len(r.Counted) != 1 {
		t.Errorf("counts are %v", got)
	}
	<-r.Counted
	if r.count(c); len(r.Counted) != 0 {
		t.Error("told although nothing changed")
	}
}
