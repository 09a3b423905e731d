package admissionpolicies

import (
	"errors"
	"net/netip"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sluice/api/v1alpha1"
	"sluice/validation"
	"sluice/validation/policy"
)

func TestConditions(t *testing.T) {
	collector := []validation.Collector{{Format: validation.IPFIX, Addr: netip.MustParseAddrPort("10.0.0.5:4739")}}
	requiring := policy.Policy{Required: collector}
	restricting := policy.Policy{RemovalRestricted: true}
	allowing := policy.Policy{Allow: []policy.Rule{{}}}
	good, restricts := State{Mode: Removal}, State{Mode: Removal, Restricts: true}
	missing := Problem{v1alpha1.ReasonNotInstalled, "missing"}
	refused := Problem{v1alpha1.ReasonNotExpressible, "refused"}
	for name, c := range map[string]struct {
		state      State
		policy     policy.Policy
		unreadable error
		status     metav1.ConditionStatus
		reason     string
	}{
		"required":                         {good, requiring, nil, metav1.ConditionTrue, v1alpha1.ReasonInAPIServer},
		"required, without the fixed one":  {State{Mode: Removal, Fixed: missing, Compiled: missing}, requiring, nil, metav1.ConditionFalse, v1alpha1.ReasonNotInstalled},
		"required, compilation refused":    {State{Mode: Removal, Restricts: true, Compiled: refused}, requiring, nil, metav1.ConditionTrue, v1alpha1.ReasonInAPIServer},
		"restricted":                       {restricts, restricting, nil, metav1.ConditionTrue, v1alpha1.ReasonInAPIServer},
		"restricted, compilation refused":  {State{Mode: Removal, Restricts: true, Compiled: refused}, restricting, nil, metav1.ConditionFalse, v1alpha1.ReasonNotExpressible},
		"restricted, unreadable":           {restricts, restricting, errors.New("nonsense"), metav1.ConditionFalse, v1alpha1.ReasonUnreadable},
		"restricted, off":                  {State{Mode: Off, Restricts: true}, restricting, nil, metav1.ConditionFalse, v1alpha1.ReasonKeptOff},
		"restricted, Warn":                 {restricts, policy.Policy{RemovalRestricted: true, Enforcement: policy.Warn}, nil, metav1.ConditionTrue, v1alpha1.ReasonNotRestricted},
		"allow rules that are compiled":    {restricts, allowing, nil, metav1.ConditionTrue, v1alpha1.ReasonInAPIServer},
		"allow rules without restrictions": {good, allowing, nil, metav1.ConditionTrue, v1alpha1.ReasonNotRestricted},
		"bounds":                           {good, policy.Policy{Bounds: policy.Bounds{validation.Sampling: {Min: 1, Max: 100}}}, nil, metav1.ConditionTrue, v1alpha1.ReasonInAPIServer},
		"bounds, compilation refused":      {State{Mode: Removal, Compiled: refused}, policy.Policy{Bounds: policy.Bounds{validation.Sampling: {Min: 1, Max: 100}}}, nil, metav1.ConditionFalse, v1alpha1.ReasonNotExpressible},
		"only a limit":                     {restricts, policy.Policy{MaxCollectors: new(1)}, nil, metav1.ConditionTrue, v1alpha1.ReasonNotRestricted},
		"nothing to deny, off":             {State{Mode: Off}, allowing, nil, metav1.ConditionTrue, v1alpha1.ReasonNotRestricted},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.state.Condition(c.policy, c.unreadable)
			if got.Type != v1alpha1.ConditionRemovalEnforced || got.Status != c.status || got.Reason != c.reason || got.Message == "" {
				t.Errorf("got %s %s %q", got.Status, got.Reason, got.Message)
			}
		})
	}
}

func TestSameIgnoresOnlyWhatMeansNothing(t *testing.T) {
	type m = map[string]any
	type l = []any
	for name, c := range map[string]struct {
		a, b any
		want bool
	}{
		"an empty selector":      {m{"a": m{}, "b": "1"}, m{"b": "1"}, true},
		"nested empty selectors": {m{"a": m{"matchLabels": m{}}}, m{}, true},
		"an empty list":          {m{"a": l{}}, nil, true},
		"another value":          {m{"a": "1"}, m{"a": "2"}, false},
		"one field more":         {m{"a": "1", "b": "2"}, m{"a": "1"}, false},
		"one field less":         {m{"a": "1"}, m{"a": "1", "b": "2"}, false},
		"one condition more":     {l{"1", "2"}, l{"1"}, false},
		"another order":          {l{"1", "2"}, l{"2", "1"}, false},
		"false is not missing":   {m{"a": false}, m{}, false},
		"another type":           {m{"a": l{"1"}}, m{"a": "1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := same(c.a, c.b); got != c.want {
				t.Errorf("%t", got)
			}
			if got := same(c.b, c.a); got != c.want {
				t.Errorf("the other way round: %t", got)
			}
		})
	}
}
