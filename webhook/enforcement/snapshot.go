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

// Snapshot is the policies in force at one time. It is immutable.
type Snapshot struct {
	Policies *policy.Set
	// States are the states of all policies, sorted by name.
	States []State
}

// State is the state of one policy.
type State struct {
	Name       string
	UID        types.UID
	Generation int64
	// Enforcement is that of the generation in force.
	Enforcement policy.Enforcement
	// Status is the stored status; nil if it does not exist.
	Status *v1alpha1.FlowExportPolicyStatus
	// Err is why this generation can't be read; nil if it is in force.
	Err error
	// InForce is the generation in force. It is older than Generation if Err is set, or 0 if no
	// generation could be read: then no collector can be added.
	InForce int64
	// coverage says which replicas have this generation in force; nil if nothing is known about
	// replicas.
	coverage *Coverage
	// objectsStale says that the audited objects may have changed since they were read.
	objectsStale bool
	// flowExports counts the FlowExports in the namespaces of the policy; nil if they are unknown or it
	// names none.
	flowExports *v1alpha1.PolicyFlowExports
}

// readable is the last readable generation of a policy.
type readable struct {
	generation int64
	policy     policy.Policy
}

// compiler creates snapshots. It keeps the last readable generation of each policy in force, so
// that a policy that can't be read never allows everything.
type compiler struct {
	exempt   []string
	readable map[types.UID]readable
}

func newCompiler(exempt []string) *compiler {
	return &compiler{exempt: exempt, readable: map[types.UID]readable{}}
}

// compile returns the snapshot of the objects.
func (c *compiler) compile(objects []*unstructured.Unstructured) *Snapshot {
	objects = slices.SortedFunc(slices.Values(objects), func(a, b *unstructured.Unstructured) int {
		return cmp.Compare(a.GetName(), b.GetName())
	})
	s := &Snapshot{}
	var list []policy.Policy
	kept := make(map[types.UID]readable, len(objects))
	for _, u := range objects {
		state := State{Name: u.GetName(), UID: u.GetUID(), Generation: u.GetGeneration(), InForce: u.GetGeneration()}
		p, status, err := read(u)
		state.Status = status
		last, found := c.readable[u.GetUID()]
		switch {
		case err == nil:
			kept[u.GetUID()] = readable{u.GetGeneration(), p}
		case found:
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
	c.readable = kept
	s.Policies = policy.Compile(list, c.exempt...)
	return s
}

// read reads a policy and its status. With an error it returns a policy without subjects, which
// applies to everyone but its own exempt users, as far as those can be read.
func read(u *unstructured.Unstructured) (policy.Policy, *v1alpha1.FlowExportPolicyStatus, error) {
	status := readStatus(u)
	encoded, err := u.MarshalJSON()
	if err != nil {
		return policy.Policy{Name: u.GetName()}, status, fmt.Errorf("encode policy: %w", err)
	}
	p, err := policy.FromJSON(encoded)
	if err != nil {
		return policy.Policy{Name: u.GetName(), Exempt: p.Exempt, Namespaces: p.Namespaces}, status, err
	}
	return p, status, nil
}

// readStatus reads the stored status. It returns nil if the status does not exist or can't be
// read; it is then replaced.
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
