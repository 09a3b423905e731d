package main

import (
	"context"

	"sluice/test/harness/cluster"
)

// The users in the policies of the demo. RBAC allows both to patch the object.
const (
	mary = "mary"
	john = "john"
)

func users() []cluster.User {
	return append(cluster.Users(),
		cluster.User{Name: mary, Groups: []string{"network-team", "team-a"}},
		cluster.User{Name: john, Groups: []string{"network-team", "team-b"}},
		cluster.User{Name: alice}, cluster.User{Name: bob},
	)
}

const teamPolicies = `apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: team-a}
spec:
  subjects: [{kind: Group, name: team-a}]
  allow: [{destinations: [10.20.0.0/16]}]
  removal: OnlyAllowed
---
apiVersion: sluice.dev/v1alpha1
kind: FlowExportPolicy
metadata: {name: siem}
spec:
  required: [{format: IPFIX, collector: "10.0.0.5:4739"}]
`

// policies shows who may add and remove which collectors of a list that teams share.
func (s *stage) policies(ctx context.Context) error {
	s.chapter("5. Who may send flow records where")
	if err := s.clear(ctx); err != nil {
		return err
	}
	patch := func(user, flows string) cluster.Command {
		return cluster.Command{User: user, Args: []string{"patch", "network.operator", "cluster", "--type=merge", "-p", `{"spec":{"exportNetworkFlows":` + flows + `}}`}}
	}
	const shared = `{"netFlow":{"collectors":["10.30.0.1:2055"]},"ipfix":{"collectors":["10.0.0.5:4739"]}}`
	if _, err := s.guarded.Must(ctx, patch(cluster.Operator, shared)); err != nil {
		return err
	}
	s.say("RBAC allows mary and john to patch the whole object. Two policies restrict what they may change:")
	apply := cluster.Command{User: cluster.Admin, Stdin: teamPolicies, Args: []string{"apply", "-f", "-"}}
	if err := s.kubectl(ctx, "with Sluice", s.guarded, apply, want{text: "team-a created"}); err != nil {
		return err
	}
	ready := cluster.Command{User: cluster.Admin, Args: []string{"wait", "--for=condition=Ready", "--timeout=30s", "flowexportpolicies", "--all"}}
	if err := s.kubectl(ctx, "with Sluice", s.guarded, ready, want{text: "siem condition met"}); err != nil {
		return err
	}
	for _, step := range []struct {
		say, user, flows string
		want             want
	}{
		{"Mary of team-a adds a collector in the range of her team:", mary, `{"netFlow":{"collectors":["10.30.0.1:2055","10.20.0.1:2055"]}}`, want{text: "patched"}},
		{"She adds one outside of it. The answer says what she may add:", mary, `{"netFlow":{"collectors":["10.30.0.1:2055","10.20.0.1:2055","203.0.113.9:2055"]}}`, want{refused: true, text: "[policy team-a/allow]"}},
		{"She may not remove the collector of another team:", mary, `{"netFlow":null}`, want{refused: true, text: "[policy team-a/removal]"}},
		{"No user may remove the collector of the security team:", john, `{"ipfix":null}`, want{refused: true, text: "[policy siem/required[0]]"}},
		{"No other policy restricts john:", john, `{"netFlow":{"collectors":["10.30.0.2:2055"]}}`, want{text: "patched"}},
	} {
		s.say(step.say)
		if err := s.kubectl(ctx, step.user+"       ", s.guarded, patch(step.user, step.flows), step.want); err != nil {
			return err
		}
	}
	remove := cluster.Command{User: cluster.Admin, Args: []string{"delete", "flowexportpolicies", "--all"}}
	if _, err := s.guarded.Must(ctx, remove); err != nil {
		return err
	}
	return s.clear(ctx)
}
