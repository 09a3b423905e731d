package enforcement

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"sluice/validation"
)

const argo = "system:serviceaccount:gitops:argocd"

// stored is a policy as the watch gets it from the API server.
func stored(t *testing.T, name, uid string, generation int64, spec string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	text := "apiVersion: sluice.dev/v1alpha1\nkind: FlowExportPolicy\nspec: " + spec + "\n"
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	u.SetName(name)
	u.SetUID(types.UID(uid))
	u.SetGeneration(generation)
	return u
}

// addition is a change that adds a NetFlow collector, and removal one that removes it.
func addition(collector string) validation.Change {
	e := validation.Collector{Format: validation.NetFlow, Addr: netip.MustParseAddrPort(collector)}
	return validation.Change{Added: []validation.Collector{e}, Result: []validation.Collector{e}}
}

func removal(collector string) validation.Change {
	return validation.Change{Removed: addition(collector).Added}
}

// denials lists the rules that deny a change.
func denials(s *Snapshot, user validation.User, c validation.Change) string {
	var list []string
	for _, d := range s.Policies.Evaluate(user, c).Denied {
		list = append(list, d.Source())
	}
	return strings.Join(list, " ")
}

var (
	mary = validation.User{Name: "mary", Groups: []string{"team-a"}}
	john = validation.User{Name: "john", Groups: []string{"team-b"}}
)

const (
	inRange  = "10.20.0.1:2055"
	outRange = "10.30.0.1:2055"
	goodSpec = `{subjects: [{kind: Group, name: team-a}], allow: [{destinations: [10.20.0.0/16]}]}`
)

// badSpecs are specs that can't be read. The CRD of this version accepts the one with host bits and
// the one that is not canonical, and rejects the others.
var badSpecs = map[string]string{
	"a field of another version": `{subjects: [{kind: Group, name: team-a}], allow: [{destinations: [10.20.0.0/16]}], allowHosts: [a]}`,
	"a wrong value":              `{subjects: [{kind: Group, name: team-a}], allow: [{destinations: [10.20.0.0]}]}`,
	"a wrong type":               `{subjects: {}, allow: [{destinations: [10.20.0.0/16]}]}`,
	"host bits":                  `{subjects: [{kind: Group, name: team-a}], allow: [{destinations: [10.20.0.1/16]}]}`,
	"not canonical":              `{subjects: [{kind: Group, name: team-a}], required: [{format: IPFIX, collector: "[2001:0db8::1]:4739"}]}`,
	"no spec":                    `null`,
}

func TestLastReadableGenerationStaysInForce(t *testing.T) {
	for name, bad := range badSpecs {
		t.Run(name, func(t *testing.T) {
			c := newCompiler(nil)
			c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 4, goodSpec)})
			// This is so after any number of other changes.
			for range 3 {
				s := c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 5, bad)})
				if state := s.States[0]; state.Err == nil || state.Generation != 5 || state.InForce != 4 {
					t.Errorf("state %+v", state)
				}
				if got := denials(s, mary, addition(inRange)); got != "" {
					t.Errorf("%s denies what the last readable generation allows", got)
				}
				if got := denials(s, mary, addition(outRange)); got != "a/allow" {
					t.Errorf("%q denies what the last readable generation doesn't allow", got)
				}
				if got := denials(s, john, addition(outRange)); got != "" {
					t.Errorf("%s denies a user to whom the policy does not apply", got)
				}
			}
		})
	}
}

func TestPolicyThatWasNeverReadableDeniesAllAdditions(t *testing.T) {
	for name, bad := range badSpecs {
		t.Run(name, func(t *testing.T) {
			c := newCompiler([]string{validation.OperatorUser, argo})
			s := c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 1, bad), stored(t, "b", "2", 1, goodSpec)})
			if state := s.States[0]; state.Err == nil || state.InForce != 0 {
				t.Errorf("state %+v", state)
			}
			for _, user := range []validation.User{mary, john, {}} {
				if got := denials(s, user, addition(inRange)); got != "a/fault" {
					t.Errorf("%q denies an addition of %q", got, user.Name)
				}
				if got := denials(s, user, removal(outRange)); got != "" {
					t.Errorf("%s denies a removal of %q", got, user.Name)
				}
			}
			for _, user := range []string{validation.OperatorUser, argo} {
				if got := denials(s, validation.User{Name: user}, addition(outRange)); got != "" {
					t.Errorf("%s denies %s", got, user)
				}
			}
		})
	}
}

// The first example of the guide, with a mistake: those whom it exempts can go on.
func TestPolicyThatWasNeverReadableKeepsItsExemptUsers(t *testing.T) {
	c := newCompiler(nil)
	s := c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 1, `{exempt: [{kind: Group, name: team-a}], deny: [{destinations: [10.20.0.1/16]}]}`)})
	if got := denials(s, mary, addition(inRange)); got != "" {
		t.Errorf("%s denies an exempt user", got)
	}
	if got := denials(s, john, addition(inRange)); got != "a/fault" {
		t.Errorf("%q denies an addition of another user", got)
	}
}

func TestMessageSaysWhyThePolicyIsUnreadable(t *testing.T) {
	for bad, want := range map[string]string{
		badSpecs["a field of another version"]: `unknown field "spec.allowHosts"`,
		badSpecs["a wrong value"]:              `spec.allow[0].destinations[0]: "10.20.0.0" is not a network in CIDR notation`,
		badSpecs["a wrong type"]:               "spec.subjects: is an object, but must be a list",
	} {
		s := newCompiler(nil).compile([]*unstructured.Unstructured{stored(t, "a", "1", 1, bad)})
		for _, d := range s.Policies.Evaluate(john, addition(inRange)).Denied {
			if !strings.Contains(d.Message, " is invalid ("+want) || !strings.Contains(d.Message, "; ask its owner to fix it") {
				t.Errorf("%s: %s", bad, d.Message)
			}
		}
	}
}

func TestFixedPolicyIsInForceAgain(t *testing.T) {
	c := newCompiler(nil)
	one := func(generation int64, spec string) *Snapshot {
		return c.compile([]*unstructured.Unstructured{stored(t, "a", "1", generation, spec)})
	}
	one(1, goodSpec)
	one(2, badSpecs["a wrong value"])
	s := one(3, `{subjects: [{kind: Group, name: team-a}], allow: [{destinations: [10.30.0.0/16]}]}`)
	if state := s.States[0]; state.Err != nil || state.InForce != 3 {
		t.Errorf("state %+v", state)
	}
	if got := denials(s, mary, addition(inRange)) + "," + denials(s, mary, addition(outRange)); got != "a/allow," {
		t.Errorf("denied %s", got)
	}
	// This generation is now the last readable one.
	s = one(4, badSpecs["a wrong type"])
	if got := denials(s, mary, addition(inRange)) + "," + denials(s, mary, addition(outRange)); got != "a/allow," || s.States[0].InForce != 3 {
		t.Errorf("denied %s by generation %d", got, s.States[0].InForce)
	}
}

func TestNewPolicyOfTheSameNameInheritsNothing(t *testing.T) {
	c := newCompiler(nil)
	c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 7, goodSpec)})
	// The watch may miss the deletion between the two.
	s := c.compile([]*unstructured.Unstructured{stored(t, "a", "2", 1, badSpecs["a wrong value"])})
	if s.States[0].InForce != 0 || denials(s, mary, addition(inRange)) != "a/fault" {
		t.Errorf("generation %d of the deleted policy is in force", s.States[0].InForce)
	}
	// Nor does the first policy inherit from itself after it was deleted.
	c.compile(nil)
	s = c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 8, badSpecs["a wrong value"])})
	if s.States[0].InForce != 0 {
		t.Errorf("generation %d from before the deletion is in force", s.States[0].InForce)
	}
}

func TestDeletedPolicyDeniesNothing(t *testing.T) {
	c := newCompiler(nil)
	c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 1, goodSpec), stored(t, "b", "2", 1, badSpecs["no spec"])})
	s := c.compile(nil)
	if len(s.States) > 0 || s.Policies.Len() > 0 || denials(s, mary, addition(outRange)) != "" {
		t.Errorf("left: %+v", s.States)
	}
}

func TestSnapshotIsSortedAndImmutable(t *testing.T) {
	c := newCompiler(nil)
	first := c.compile([]*unstructured.Unstructured{stored(t, "b", "2", 1, goodSpec), stored(t, "c", "3", 1, `{}`), stored(t, "a", "1", 1, goodSpec)})
	var names []string
	for _, s := range first.States {
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c.compile([]*unstructured.Unstructured{stored(t, "a", "1", 2, `{deny: [{}]}`)})
	if got := denials(first, mary, addition(inRange)); got != "c/fault" {
		t.Errorf("an older snapshot now denies with %q", got)
	}
}

func TestOtherPoliciesStayInForce(t *testing.T) {
	s := newCompiler(nil).compile([]*unstructured.Unstructured{stored(t, "a", "1", 1, goodSpec), stored(t, "b", "2", 1, badSpecs["a wrong type"])})
	if got := denials(s, mary, addition(outRange)); got != "b/fault a/allow" {
		t.Errorf("denied by %q", got)
	}
}

// A newer API server can add fields to the metadata, and a newer Sluice to the status. Each upgrade
// and each rollback passes through that.
func TestUnknownFieldsOutsideTheSpecAreIgnored(t *testing.T) {
	u := stored(t, "a", "1", 1, goodSpec)
	for _, path := range [][]string{{"metadata", "newField"}, {"status", "newField"}} {
		if err := unstructured.SetNestedField(u.Object, "x", path...); err != nil {
			t.Fatal(err)
		}
	}
	s := newCompiler(nil).compile([]*unstructured.Unstructured{u})
	if s.States[0].Err != nil {
		t.Error(s.States[0].Err)
	}
}

func TestUnreadablePolicyKeepsItsStatus(t *testing.T) {
	u := stored(t, "a", "1", 1, badSpecs["a wrong type"])
	if err := unstructured.SetNestedField(u.Object, int64(7), "status", "violationCount"); err != nil {
		t.Fatal(err)
	}
	s := newCompiler(nil).compile([]*unstructured.Unstructured{u})
	if status := s.States[0].Status; s.States[0].Err == nil || status == nil || status.ViolationCount != 7 {
		t.Errorf("%v, %+v", s.States[0].Err, s.States[0].Status)
	}
}
