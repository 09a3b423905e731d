package compiled

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/validation"
	"sluice/validation/policy"
)

// randomBounds bounds each setting now and then.
func randomBounds(r *rand.Rand) (b policy.Bounds) {
	limits := [3][2]int64{validation.Sampling: {1, math.MaxUint32}, validation.CacheActiveTimeout: {0, 4200}, validation.CacheMaxFlows: {0, math.MaxUint32}}
	values := [3][]int64{validation.Sampling: {1, 10, 50, 100, 400, 5000}, validation.CacheActiveTimeout: {0, 1, 60, 61, 4200}, validation.CacheMaxFlows: {0, 1, 400}}
	for s := range b {
		if r.IntN(2) > 0 {
			continue
		}
		bound := &policy.Bound{Min: limits[s][0], Max: limits[s][1]}
		i := r.IntN(len(values[s]))
		k := i + r.IntN(len(values[s])-i)
		switch r.IntN(3) {
		case 0:
			bound.Min, bound.HasMin = values[s][i], true
		case 1:
			bound.Max, bound.HasMax = values[s][i], true
		default:
			bound.Min, bound.HasMin, bound.Max, bound.HasMax = values[s][i], true, values[s][k], true
		}
		b[s] = bound
	}
	return b
}

// randomProfile writes a FlowExportProfile that its schema accepts.
func randomProfile(t *testing.T, r *rand.Rand) *unstructured.Unstructured {
	t.Helper()
	block := func(keys ...string) string { return "{" + strings.Join(keys, ", ") + "}" }
	maybe := func(list *[]string, in int, key string, values ...string) {
		if r.IntN(in) == 0 {
			*list = append(*list, key+": "+values[r.IntN(len(values))])
		}
	}
	var ipfix, sFlow, spec []string
	samplings := []string{"1", "9", "10", "50", "100", "101", "400", "401", "5000", "4294967295"}
	maybe(&ipfix, 2, "sampling", samplings...)
	maybe(&ipfix, 2, "cacheActiveTimeout", "0", "1", "60", "61", "4200")
	maybe(&ipfix, 2, "cacheMaxFlows", "0", "1", "400")
	maybe(&sFlow, 2, "sampling", samplings[:9]...)
	if len(ipfix) > 0 {
		spec = append(spec, "ipfix: "+block(ipfix...))
	}
	if len(sFlow) > 0 || r.IntN(4) == 0 {
		spec = append(spec, "sFlow: "+block(sFlow...))
	}
	maybe(&spec, 2, "export", "true", "false", "false")
	maybe(&spec, 8, "mode", "Observe", "Observe", "Enforce")
	maybe(&spec, 4, "priority", "0", "1")
	maybe(&spec, 3, "nodeSelector", "{}", "{matchLabels: {}}", "{matchLabels: {a: b}}", "{matchExpressions: [{key: a, operator: Exists}]}")
	spec = append(spec, "allowUnsampled: true")
	return parse(t, fmt.Sprintf("{apiVersion: sluice.dev/v1alpha1, kind: FlowExportProfile, metadata: {name: edge}, spec: %s}", block(spec...)))
}

// manage sets the managementState of a Network.
func manage(t *testing.T, r *rand.Rand, o *unstructured.Unstructured) {
	t.Helper()
	states := []string{"Managed", "Managed", "Unmanaged", "Unmanaged", "Removed"}
	if err := unstructured.SetNestedField(o.Object, states[r.IntN(len(states))], "spec", "managementState"); err != nil {
		t.Fatal(err)
	}
}

// randomProfileChange creates, changes or deletes a profile.
func randomProfileChange(t *testing.T, r *rand.Rand, c change) change {
	t.Helper()
	c.kind = "FlowExportProfile"
	if r.IntN(4) > 0 {
		c.old = randomProfile(t, r)
	}
	c.now = randomProfile(t, r)
	switch {
	case c.old == nil:
	case r.IntN(6) == 0:
		c.now, c.deletes = c.old, true
	case r.IntN(2) == 0: // the nodes stay the same
		for _, path := range [][]string{{"spec", "priority"}, {"spec", "nodeSelector"}} {
			unstructured.RemoveNestedField(c.now.Object, path...)
			value, found, err := unstructured.NestedFieldCopy(c.old.Object, path...)
			if err != nil {
				t.Fatal(err)
			}
			if found {
				if err := unstructured.SetNestedField(c.now.Object, value, path...); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return c
}
