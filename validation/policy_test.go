package validation_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sluice/validation"
)

// recorder is a policy set that remembers what it was asked, and denies some collectors.
type recorder struct {
	denied map[string]bool
	user   validation.User
	change validation.Change
	asked  int
}

func (r *recorder) Evaluate(user validation.User, change validation.Change) validation.Decision {
	r.user, r.change = user, change
	r.asked++
	var denials []validation.Denial
	for _, e := range change.Added {
		if r.denied[e.Addr.String()] {
			denials = append(denials, validation.Denial{Policies: []string{"test"}, Rule: "deny", Field: e.Field, Value: e.Addr.String()})
		}
	}
	return validation.Decision{Denied: denials}
}

func exports(list []validation.Collector) []string {
	var lines []string
	for _, e := range list {
		lines = append(lines, fmt.Sprintf("%s %s at %s", e.Format, e.Addr, e.Field))
	}
	return lines
}

func TestPoliciesJudgeTheDifference(t *testing.T) {
	const flows = "spec.exportNetworkFlows."
	old := network(t, `{"netFlow":{"collectors":["10.0.0.1:2055","10.0.0.2:2055","10.0.0.01:1"]},"sFlow":{"collectors":["10.0.0.9:6343"]}}`)
	now := network(t, `{"netFlow":{"collectors":[" 10.0.0.3:2055","10.0.0.02:1","10.0.0.01:1","10.0.0.2:02055","10.0.0.3:2055"]},"ipfix":{"collectors":["10.0.0.1:2055"]}}`)
	in := update(old, now)
	in.User = validation.User{Name: "mary", Groups: []string{"team-a"}}
	asked := &recorder{}
	in.Policies = asked
	validation.Review(in)
	if diff := cmp.Diff(in.User, asked.user); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
	for what, c := range map[string]struct {
		got  []validation.Collector
		want []string
	}{
		"added": {asked.change.Added, []string{
			"NetFlow 10.0.0.3:2055 at " + flows + "netFlow.collectors[0]", "IPFIX 10.0.0.1:2055 at " + flows + "ipfix.collectors[0]",
		}},
		"removed": {asked.change.Removed, []string{
			"NetFlow 10.0.0.1:2055 at " + flows + "netFlow.collectors[0]", "sFlow 10.0.0.9:6343 at " + flows + "sFlow.collectors[0]",
		}},
		"result": {asked.change.Result, []string{
			"NetFlow 10.0.0.3:2055 at " + flows + "netFlow.collectors[0]", "NetFlow 10.0.0.2:2055 at " + flows + "netFlow.collectors[3]",
			"IPFIX 10.0.0.1:2055 at " + flows + "ipfix.collectors[0]",
		}},
	} {
		if diff := cmp.Diff(c.want, exports(c.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func TestPoliciesJudgeTheConfigMap(t *testing.T) {
	for name, c := range map[string]struct {
		old, now       string
		added, removed []string
	}{
		"a new target":   {`{"sharedTarget":"10.0.0.1:4739"}`, `{"sharedTarget":"10.0.0.1:4739,10.0.0.2:4739,bad"}`, []string{"IPFIX 10.0.0.2:4739 at data.sharedTarget"}, nil},
		"to the nodes":   {`{"sharedTarget":"10.0.0.1:4739"}`, `{"nodePort":"2055"}`, []string{"IPFIX invalid AddrPort at data.nodePort"}, []string{"IPFIX 10.0.0.1:4739 at data.sharedTarget"}},
		"from the nodes": {`{"nodePort":"2055"}`, `{"sharedTarget":"10.0.0.1:4739"}`, []string{"IPFIX 10.0.0.1:4739 at data.sharedTarget"}, []string{"IPFIX invalid AddrPort at data.nodePort"}},
		"nothing new":    {`{"nodePort":"2055"}`, `{"nodePort":"2055","sampling":"2"}`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			asked := &recorder{}
			in := update(flowsConfig(t, c.old), flowsConfig(t, c.now))
			in.Policies = asked
			validation.Review(in)
			if asked.change.Resource != validation.FlowsConfig {
				t.Errorf("resource is %s", asked.change.Resource)
			}
			if diff := cmp.Diff(c.added, exports(asked.change.Added)); diff != "" {
				t.Errorf("added (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.removed, exports(asked.change.Removed)); diff != "" {
				t.Errorf("removed (-want +got):\n%s", diff)
			}
		})
	}
	asked := &recorder{}
	validation.Review(validation.Input{Object: flowsConfig(t, `{"nodePort":"1"}`), Policies: asked})
	if len(asked.change.Added) != 1 {
		t.Errorf("a new ConfigMap adds %d targets, want 1", len(asked.change.Added))
	}
}

func TestADenialDecidesTheVerdict(t *testing.T) {
	denied := map[string]bool{"10.0.0.1:2055": true}
	for name, c := range map[string]struct {
		now  string
		want []string
	}{
		"well-formed": {list(validation.NetFlow, "10.0.0.1:2055"), []string{"Denied", "denial test/deny"}},
		"to be normalized": {list(validation.NetFlow, "10.0.0.1:02055"), []string{
			"Denied", "denial test/deny", "warning port-leading-zeros netFlow.collectors[0] -> 10.0.0.1:2055",
		}},
		"malformed as well": {list(validation.NetFlow, "10.0.0.1:2055", "10.0.0.2"), []string{
			"Rejected", "error missing-port netFlow.collectors[1] -> 10.0.0.2:2055", "denial test/deny",
		}},
		"allowed": {list(validation.NetFlow, "10.0.0.2:2055"), []string{"Accepted"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := validation.Review(validation.Input{Object: network(t, c.now), Policies: &recorder{denied: denied}})
			if diff := cmp.Diff(c.want, brief(v)); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAVerdictListsItsRulesAndPoliciesOnce(t *testing.T) {
	v := validation.Review(validation.Input{
		Object:   network(t, list(validation.NetFlow, "10.0.0.1", "10.0.0.2", "127.0.0.1:1", "127.0.0.2:1")),
		Policies: &recorder{denied: map[string]bool{"127.0.0.1:1": true, "127.0.0.2:1": true}},
	})
	if diff := cmp.Diff([]string{"loopback", "missing-port"}, v.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"test"}, v.Policies()); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

func TestEntriesThatAreOnlyNotCanonicalAreJudgedInRejectMode(t *testing.T) {
	v := validation.Review(validation.Input{
		Object: network(t, list(validation.NetFlow, "10.0.0.1:02055")), Options: rejectMode,
		Policies: &recorder{denied: map[string]bool{"10.0.0.1:2055": true}},
	})
	want := []string{"Rejected", "error port-leading-zeros netFlow.collectors[0] -> 10.0.0.1:2055", "denial test/deny"}
	if diff := cmp.Diff(want, brief(v)); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}
