package enforcement

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"sluice/api/v1alpha1"
	"sluice/validation/policy"
)

// Snapshot is what is in force at one time. It is immutable.
type Snapshot struct {
	Policies *policy.Set
	// States are the policies' states, sorted by name.
	States []State
}

// State is how one policy stands.
type State struct {
	Name       string
	UID        types.UID
	Generation int64
	// Enforcement is that of what is in force.
	Enforcement policy.Enforcement
	// Status is what is stored; nil if nothing is.
	Status *v1alpha1.FlowExportPolicyStatus
	// Err says why this generation can't be read; nil if it is in force.
	Err error
	// InForce is the generation that is in force instead: an older one, or 0 if everything
	// that the policy's users add is denied.
	InForce int64
}

// good is the last version of a policy that could be read.
type good struct {
	generation int64
	policy     policy.Policy
}

// compiler makes snapshots. It remembers the last good version of each policy, so that one
// that can't be read never means that everything is allowed.
type compiler struct {
	exempt []string
	good   map[types.UID]good
}

func newCompiler(exempt []string) *compiler {
	return &compiler{exempt: exempt, good: map[types.UID]good{}}
}

// compile makes the snapshot of these objects.
func (c *compiler) compile(objects []*unstructured.Unstructured) *Snapshot {
	objects = slices.SortedFunc(slices.Values(objects), func(a, b *unstructured.Unstructured) int {
		return cmp.Compare(a.GetName(), b.GetName())
	})
	s := &Snapshot{}
	var list []policy.Policy
	kept := make(map[types.UID]good, len(objects))
	for _, u := range objects {
		state := State{Name: u.GetName(), UID: u.GetUID(), Generation: u.GetGeneration(), InForce: u.GetGeneration()}
		p, status, err := read(u)
		state.Status = status
		last, known := c.good[u.GetUID()]
		switch {
		case err == nil:
			kept[u.GetUID()] = good{u.GetGeneration(), p}
		case known:
			state.Err, state.InForce, p = err, last.generation, last.policy
			kept[u.GetUID()] = last
		default:
			state.Err, state.InForce = err, 0
			p.Fault = err.Error()
		}
		state.Enforcement = p.Enforcement
		list = append(list, p)
		s.States = append(s.States, state)
	}
	c.good = kept
	s.Policies = policy.Compile(list, c.exempt...)
	return s
}

// read reads a policy and what is stored as its status. With an error comes a policy for
// everyone: nobody knows for whom it was meant.
func read(u *unstructured.Unstructured) (policy.Policy, *v1alpha1.FlowExportPolicyStatus, error) {
	closed := policy.Policy{Name: u.GetName()}
	status := readStatus(u)
	encoded, err := u.MarshalJSON()
	if err != nil {
		return closed, status, fmt.Errorf("encode policy: %w", err)
	}
	p, err := policy.FromJSON(encoded)
	if err != nil {
		return closed, status, err
	}
	return p, status, nil
}

// readStatus reads the stored status, nil if there is none that can be read: it is written
// anew then.
func readStatus(u *unstructured.Unstructured) *v1alpha1.FlowExportPolicyStatus {
	content, _, err := unstructured.NestedMap(u.Object, "status")
	if err != nil || content == nil {
		return nil
	}
	var status v1alpha1.FlowExportPolicyStatus
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &status); err != nil {
		return nil
	}
	return &status
}
