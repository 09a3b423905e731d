package compiled

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/internal/document"
	"sluice/validation"
	"sluice/validation/policy"
	"sluice/validation/vap"
)

// TestGeneratedChanges judges the same changes of the same users by the same policies: by
// the webhook, by the compiled admission policies, and by the core that the command line
// uses.
func TestGeneratedChanges(t *testing.T) {
	if notStored(t) {
		return
	}
	if shared.ipv6 {
		t.Fatal("the CRD stores IPv6 already")
	}
	balanced(t, compare(t, 10, 200, collectors()), "passed", "refused", "warned")
}

func compare(t *testing.T, sets, changes int, texts []string) map[string]int {
	t.Helper()
	r := rand.New(rand.NewPCG(20, 26))
	outcomes := map[string]int{}
	for generation := range sets {
		policies := randomPolicies(r)
		install(t, sets*1000+generation, vap.Input{Policies: policies, Exempt: []string{exempt}, IPv6: shared.ipv6})
		for i := range changes {
			c := randomChange(t, r, texts)
			c.policies = policies
			outcomes[c.kind+" "+c.judge(t, fmt.Sprintf("set %d, change %d", generation, i))]++
			if t.Failed() {
				return outcomes
			}
		}
	}
	t.Log(outcomes)
	return outcomes
}

// balanced checks that the generator made changes with these outcomes.
func balanced(t *testing.T, outcomes map[string]int, wanted ...string) {
	t.Helper()
	for _, kind := range []string{"Network", "ConfigMap", "FlowExportProfile"} {
		for _, outcome := range wanted {
			if outcomes[kind+" "+outcome] == 0 {
				t.Errorf("the generator is lopsided: %v", outcomes)
			}
		}
	}
}

// change is one change of one user.
type change struct {
	kind     string
	user     validation.User
	old, now *unstructured.Unstructured // old is nil for a creation
	deletes  bool                       // now is like old then
	policies []policy.Policy
}

func randomChange(t *testing.T, r *rand.Rand, texts []string) change {
	t.Helper()
	c := change{kind: "Network", user: users()[r.IntN(len(users()))]}
	switch r.IntN(6) {
	case 0, 1:
		c.kind = "ConfigMap"
		if r.IntN(4) > 0 {
			c.old = flowsConfig(t, randomData(r))
		}
		c.now = flowsConfig(t, randomData(r))
		if c.old != nil && r.IntN(10) == 0 {
			c.now, c.deletes = c.old, true
		}
		return c
	case 2:
		return randomProfileChange(t, r, c)
	}
	if r.IntN(8) > 0 {
		c.old = flows(t, randomFlows(r, texts, 30))
		manage(t, r, c.old)
	}
	c.now = flows(t, randomFlows(r, texts, 10))
	manage(t, r, c.now)
	if c.old != nil && r.IntN(10) == 0 {
		c.now, c.deletes = c.old, true
		return c
	}
	if c.old != nil && r.IntN(4) == 0 { // keep most of what stood there
		c.now = c.old.DeepCopy()
		manage(t, r, c.now)
		block := []string{"netFlow", "sFlow", "ipfix"}[r.IntN(3)]
		list := randomList(r, texts, 10)
		path := []string{"spec", "exportNetworkFlows", block, "collectors"}
		if len(list) == 0 {
			unstructured.RemoveNestedField(c.now.Object, path[:3]...)
		} else if err := unstructured.SetNestedStringSlice(c.now.Object, list, path...); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func flowsConfig(t *testing.T, data string) *unstructured.Unstructured {
	t.Helper()
	return parse(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: ovs-flows-config, namespace: openshift-network-operator}, data: "+data+"}")
}

// judge compares the verdicts and returns passed, warned or refused.
func (c change) judge(t *testing.T, which string) string {
	t.Helper()
	stored, err := operator(t).put(t, c.now, c.old)
	if err != nil {
		return "not storable" // the CRD refuses even the old object
	}
	webhook := as(t, c.user)
	byWebhook := c.ask(t, webhook, stored)
	marked := c.user
	marked.Groups = append([]string{throughCEL}, c.user.Groups...)
	cel := as(t, marked)
	byCEL := c.ask(t, cel, stored)
	verdict := c.review(t)
	core := len(verdict.Errors)+len(verdict.Denials) > 0
	schema := byWebhook != nil && byCEL != nil && fromSchema(byWebhook) && fromSchema(byCEL)
	if (byWebhook != nil) != (byCEL != nil) || core != (byWebhook != nil) && !schema {
		t.Errorf("%s: %s of %s %v (deletes: %t)\nfrom %v\nto   %v\nwebhook: %v\nCEL:     %v\ncore:    %v %v\npolicies: %+v",
			which, c.kind, c.user.Name, c.user.Groups, c.deletes, brief(c.old), brief(c.now), byWebhook, byCEL, verdict.Errors, verdict.Denials, c.policies)
	}
	if byCEL != nil && !fromSchema(byCEL) && !strings.Contains(byCEL.Error(), "ValidatingAdmissionPolicy 'sluice-") || byCEL != nil && strings.Contains(byCEL.Error(), "resulted in error") {
		t.Errorf("%s: refused for another reason: %v", which, byCEL)
	}
	if byWebhook == nil {
		warned := strings.Contains(webhook.warnings.String(), "a policy warns")
		if byCEL := strings.Contains(cel.warnings.String(), "-warn'"); warned != byCEL {
			t.Errorf("%s: of what a policy only warns, told by the webhook: %t, by CEL: %t\n%s\n%s", which, warned, byCEL, webhook.warnings, cel.warnings)
		}
		if warned {
			return "warned"
		}
		return "passed"
	}
	return "refused"
}

// fromSchema reports whether the CRD's own schema refused.
func fromSchema(err error) bool {
	return !strings.Contains(err.Error(), "sluice/") && !strings.Contains(err.Error(), "admission webhook") && !strings.Contains(err.Error(), "ValidatingAdmissionPolicy")
}

func brief(o *unstructured.Unstructured) any {
	if o == nil {
		return nil
	}
	if data, ok := o.Object["data"]; ok {
		return data
	}
	if o.GetKind() == "FlowExportProfile" {
		return o.Object["spec"]
	}
	content, _, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "exportNetworkFlows")
	state, _, _ := unstructured.NestedString(o.Object, "spec", "managementState")
	return []any{content, state}
}

func (c change) ask(t *testing.T, j judge, stored *unstructured.Unstructured) error {
	t.Helper()
	if c.deletes {
		return j.resource(c.now).Delete(t.Context(), c.now.GetName(), metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}})
	}
	return j.try(t, stored, c.now)
}

// review asks the core.
func (c change) review(t *testing.T) validation.Verdict {
	t.Helper()
	in := validation.Input{
		Object: object(t, c.now), Operation: validation.Create,
		Options:  validation.Options{RejectNonCanonical: true, IPv6: shared.ipv6},
		User:     validation.User{Name: c.user.Name, Groups: append([]string{"system:authenticated"}, c.user.Groups...)},
		Policies: policy.Compile(c.policies, exempt, validation.OperatorUser),
	}
	if c.old != nil {
		old := object(t, c.old)
		in.Operation, in.Old = validation.Update, &old
		if c.deletes {
			in.Operation = validation.Delete
		}
	}
	return validation.Review(in)
}

func object(t *testing.T, o *unstructured.Unstructured) validation.Object {
	t.Helper()
	text, err := o.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	documents, err := document.Parse("object", text)
	if err != nil || len(documents) != 1 {
		t.Fatalf("%d objects, %v", len(documents), err)
	}
	return documents[0].Object
}
